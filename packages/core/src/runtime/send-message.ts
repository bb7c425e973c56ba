import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Message } from "../inbox/message.ts";
import { onMessage } from "../inbox/on-message.ts";
import type { StoredRun } from "../ports/durable-store.ts";
import { isEnded } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import {
  attend,
  attendAll,
  awaitedChild,
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
 * @throws run_ended when the run takes no messages any more; inbox_full
 */
export async function sendMessage(
  shell: Shell,
  stored: StoredRun,
  message: Message,
  drive: DriveOptions & { readonly mayRepeat: boolean },
): Promise<void> {
  const { runId } = stored.run;
  let current = stored;
  const isForNow =
    !drive.mayRepeat && onMessage(stored.run, message, shell.kernel.clock.now()) !== null;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    if (isEnded(current.run)) throw runEnded(runId);
    if (!isForNow || !isFree(shell, current)) break;
    if (await writeDirectly(shell, current, message, drive)) return;
    current = await loadRun(shell.kernel, runId);
  }
  const delivery = await shell.kernel.store.deliver(runId, message);
  if (delivery === "ended" || delivery === "run_not_found") throw runEnded(runId);
  await attendAll(shell, [runId]);
  if (drive.maxSteps > 0) await driveOn(shell, runId, drive);
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

/** @returns whether it was written: false when somebody else came first, or the message is not for now. */
async function writeDirectly(
  shell: Shell,
  stored: StoredRun,
  message: Message,
  drive: DriveOptions,
): Promise<boolean> {
  const { kernel, drivers } = shell;
  const workflow: Workflow | null =
    kernel.workflows.get(stored.run.workflowId, stored.run.graphHash) ?? null;
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
    if (!driver.isWritten) return false;
  }
  if (!driver.isWritten) return false;
  driveDetached(shell, driver.startedChildren);
  await attendAll(shell, driver.cancelledRuns);
  if (driver.messagesLeft) await attend(shell, stored.run.runId);
  if (isEnded(driver.run)) await climb(shell, driver.run, { ...drive, maxSteps: Infinity });
  else if (maxSteps > 0 && awaitedChild(driver.run) !== null)
    await driveOn(shell, driver.runId, drive);
  return true;
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
