import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Message } from "../inbox/message.ts";
import { answersWait, onMessage } from "../inbox/on-message.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { graphFor } from "../migration/passage.ts";
import type { StoredRun } from "../ports/durable-store.ts";
import { isEnded } from "../run/run-state.ts";
import {
  attendAll,
  awaitsChildren,
  climb,
  driveDetached,
  driveFamily,
  loadRun,
  type DriveOptions,
  type Shell,
} from "./drive-run.ts";
import { newLease } from "./drivers.ts";

/** How often a write may lose against other writers of a free run before its message goes to the inbox. */
const MAX_CONFLICTS = 3;

/**
 * Get a message to a run: written in one commit, which also goes on driving, where nobody holds the run; else put into
 * its inbox, for its driver to read.
 *
 * @param stored the run as the caller checked it
 * @param drive `mayRepeat`: the caller chose the message's id and may send it again. Only the inbox knows what came before.
 * @returns the record that read it, where it was written at once; null: it is in the inbox
 * @throws run_ended when the run takes no messages any more; inbox_full
 */
export async function sendMessage(
  shell: Shell,
  stored: StoredRun,
  message: Message,
  drive: DriveOptions & { readonly mayRepeat: boolean },
): Promise<LedgerRecord | null> {
  const { runId } = stored.run;
  let current = stored;
  for (let conflicts = 0; !drive.mayRepeat && conflicts < MAX_CONFLICTS; conflicts += 1) {
    if (isEnded(current.run)) throw runEnded(runId);
    if (!isFree(shell, current) || !isForNow(shell, current, message)) break;
    const reader = await writeDirectly(shell, current, message, drive);
    if (reader !== undefined) return reader;
    current = await loadRun(shell.kernel, runId);
  }
  const delivery = await shell.kernel.store.deliver(runId, message);
  if (delivery === "ended" || delivery === "run_not_found") throw runEnded(runId);
  await attendAll(shell, [runId]);
  if (drive.maxSteps > 0) await driveOn(shell, runId, drive);
  return null;
}

/** The message is accepted whatever becomes of the driving. */
export async function driveOn(shell: Shell, runId: string, drive: DriveOptions): Promise<void> {
  try {
    await driveFamily(shell, runId, drive);
  } catch (error) {
    drive.signal?.throwIfAborted();
    const code = isAbstractRuntimeError(error) ? error.code : String(error);
    shell.kernel.logger.info("receiver.not_driven", { runId, code });
  }
}

/** Whether nobody drives the run and no message stands before this one. */
function isFree(shell: Shell, { run, head }: StoredRun): boolean {
  const { drivers, kernel } = shell;
  if (drivers.isDriving(run.runId) || head.inboxSize > 0) return false;
  return (
    head.leaseId === null || head.wakeAt === null || Date.parse(head.wakeAt) <= kernel.clock.now()
  );
}

/** Whether a driver of this process would read the message at once. What is for later, or for others, is kept. */
function isForNow({ kernel }: Shell, { run }: StoredRun, message: Message): boolean {
  const isKnown = graphFor(kernel.workflows, run) !== undefined;
  if (!isKnown && answersWait(run, message) !== null) return false;
  return onMessage(run, message, kernel.clock.now()) !== null;
}

/** @returns the record that read it; undefined when somebody else came first */
async function writeDirectly(
  shell: Shell,
  stored: StoredRun,
  message: Message,
  drive: DriveOptions,
): Promise<LedgerRecord | undefined> {
  const { kernel, drivers } = shell;
  const workflow = graphFor(kernel.workflows, stored.run) ?? null;
  const maxSteps = message.kind === "cancel" || message.kind === "pause" ? 0 : drive.maxSteps;
  const driver = drivers.make(kernel, {
    subject: stored,
    lease: newLease(kernel),
    held: false,
    workflow,
    maxSteps,
  });
  driver.receive({ position: stored.head.inboxSeq, message });
  try {
    await drivers.drive(driver, drive.signal);
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
  const reader = driver.readerOf(message.messageId);
  if (reader === undefined) return undefined;
  driveDetached(shell, driver.startedChildren);
  await attendAll(shell, driver.cancelledRuns);
  const { run, runId, messagesLeft } = driver;
  if (isEnded(run)) await climb(shell, run, { ...drive, maxSteps: Infinity });
  else if (maxSteps > 0 && (messagesLeft || awaitsChildren(run) || workflow === null))
    await driveOn(shell, runId, drive);
  else if (messagesLeft) await attendAll(shell, [runId]);
  return reader;
}

function isOvertaken(error: unknown): boolean {
  return ["revision_conflict", "run_leased", "lease_lost"].some(
    (code) => isAbstractRuntimeError(error) && error.code === code,
  );
}

export function runEnded(runId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "run_ended",
    `run ${runId} has ended and takes no messages: start a new run`,
    {
      details: { runId },
    },
  );
}
