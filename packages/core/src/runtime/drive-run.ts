import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Kernel } from "../drive/kernel.ts";
import type { StoredRun } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { listedChildren } from "../wait/any-wait.ts";
import type { Wait } from "../wait/wait.ts";
import { attendClaimed, claim, driveClaimed, passageOfClaimed } from "./claimed-run.ts";
import { driveChildren } from "./drive-children.ts";
import type { Drivers } from "./drivers.ts";
import { passageFor } from "./passage-for.ts";

export interface DriveOptions {
  /** Node handlers that may be called, for each run that is driven. */
  readonly maxSteps: number;
  readonly signal?: AbortSignal | undefined;
  /** When aborted: the effect under way may end, nothing more is begun. */
  readonly drain?: AbortSignal | undefined;
  /** Leave a run that asks for an effect without a handler here as it is, for others, instead of failing it. */
  readonly leavesUnhandled?: boolean | undefined;
}

/** What the verbs of a runtime share. */
export interface Shell {
  readonly kernel: Kernel;
  readonly drivers: Drivers;
}

/**
 * Drive one run as far as it goes now. A run that waits, backs off, is paused or has ended is returned as it is.
 *
 * @throws run_not_found, run_leased, workflow_not_registered, workflow_changed, and what the driver throws
 */
async function driveRun(shell: Shell, runId: string, options: DriveOptions): Promise<RunState> {
  const { kernel, drivers } = shell;
  for (;;) {
    drivers.assertOpen();
    options.signal?.throwIfAborted();
    const stored = await loadRun(kernel, runId);
    if (isEnded(stored.run) || stored.head.wakeAt === null || options.maxSteps <= 0)
      return stored.run;
    const passage = await passageFor(shell, stored.run);
    const claimed = await drivers.claiming(claim(kernel, runId));
    if (claimed === undefined) return (await unclaimed(kernel, runId)).run;
    const isSame = claimed.subject.run.revision === stored.run.revision;
    const chosen = isSame ? passage : await passageOfClaimed(shell, claimed);
    const driven = await driveClaimed(shell, claimed, chosen, options);
    driveDetached(shell, driven.startedChildren);
    await attendAll(shell, driven.cancelledRuns);
    if (!driven.messagesLeft) return driven.run;
  }
}

/** See to messages and timers of a run, if it is free, without calling its handlers. */
export async function attend(shell: Shell, runId: string): Promise<void> {
  const { kernel, drivers } = shell;
  for (;;) {
    const claimed = await drivers.claiming(claim(kernel, runId));
    if (claimed === undefined) return drivers.tell(runId);
    const { cancelledRuns, messagesLeft } = await attendClaimed(shell, claimed);
    await attendAll(shell, cancelledRuns);
    if (!messagesLeft) return;
  }
}

/** So many runs are seen to at the same time: a race may have thousands of losers. */
const ATTENDED_AT_ONCE = 16;

/** See to several runs; one that can't be reached is left to whoever finds it due. */
export async function attendAll(shell: Shell, runIds: Iterable<string>): Promise<void> {
  const left = runIds[Symbol.iterator]();
  const attendRest = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next())
      await attendOrWarn(shell, next.value);
  };
  await Promise.all(Array.from({ length: ATTENDED_AT_ONCE }, attendRest));
}

async function attendOrWarn(shell: Shell, runId: string): Promise<void> {
  try {
    await attend(shell, runId);
  } catch (error) {
    shell.kernel.logger.warn("run.not_attended", { runId, error: String(error) });
  }
}

/** Children that nobody waits for go their own way, in the background of this process. */
export function driveDetached(shell: Shell, runIds: readonly string[]): void {
  for (const runId of runIds) {
    shell.drivers.inBackground(`drive ${runId}`, async () => {
      await driveFamily(shell, runId, { maxSteps: Infinity });
    });
  }
}

/** So do children that were started before, also by a process that is gone, when their parent waits for the first end. */
function driveListed(shell: Shell, wait: Wait): void {
  const options = { maxSteps: Infinity };
  for (const childId of listedChildren(wait)) {
    if (shell.drivers.isDriving(childId)) continue;
    shell.drivers.inBackground(`drive ${childId}`, async () => {
      const child = await tryDrive(shell, childId, options);
      if (child !== undefined) await climb(shell, child, options);
    });
  }
}

/**
 * Drive a run, the children that it waits for, and after its end the parent that waits for it.
 *
 * @throws what `driveRun` throws of the run itself; relatives that can't be driven here are left as they are
 */
export async function driveFamily(
  shell: Shell,
  runId: string,
  options: DriveOptions,
): Promise<RunState> {
  const run = await driveDown(shell, runId, options);
  await climb(shell, run, options);
  return run;
}

/** Drive the parents above a run that has ended, as far as each of them ends too. */
export async function climb(shell: Shell, ended: RunState, options: DriveOptions): Promise<void> {
  for (let run = ended; isEnded(run) && run.parent !== null;) {
    const { runId } = run.parent;
    const before = await shell.kernel.store.load(runId);
    const join = before?.run.waiting?.join ?? null;
    // The store makes it due once there is something to do about its children.
    if (join !== null && before?.head.wakeAt === null) return;
    const from = join?.begun ?? 0;
    const above = await unlessElsewhere(shell, runId, options, () =>
      driveDown(shell, runId, options, from),
    );
    if (above === undefined) return;
    run = above;
  }
}

/** @param from the index from which children are driven, of those that the run waits for now */
async function driveDown(
  shell: Shell,
  runId: string,
  options: DriveOptions,
  from = 0,
): Promise<RunState> {
  let driven = from;
  let run = await driveRun(shell, runId, options);
  for (;;) {
    const { waiting, revision } = run;
    if (waiting?.any && options.maxSteps > 0) driveListed(shell, waiting);
    if (waiting?.reason !== "subworkflow") return run;
    if (waiting.join === null) {
      const childId = awaitedChild(run);
      const child = childId === null ? undefined : await tryDrive(shell, childId, options);
      if (child === undefined || !isEnded(child)) return run;
    } else {
      driven = await driveChildren(run, driven, {
        drive: (childId) => tryDrive(shell, childId, options),
        look: () => unlessElsewhere(shell, runId, options, () => driveRun(shell, runId, options)),
      });
    }
    run = await driveRun(shell, runId, options);
    if (run.revision === revision) return run;
    if (run.waiting?.waitId !== waiting.waitId) driven = 0;
  }
}

function tryDrive(
  shell: Shell,
  runId: string,
  options: DriveOptions,
): Promise<RunState | undefined> {
  return unlessElsewhere(shell, runId, options, () => driveDown(shell, runId, options));
}

/** What `work` returns, or undefined where a relative can't be driven here. */
async function unlessElsewhere(
  shell: Shell,
  runId: string,
  options: DriveOptions,
  work: () => Promise<RunState>,
): Promise<RunState | undefined> {
  try {
    return await work();
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isAbstractRuntimeError(error)) throw error;
    shell.kernel.logger.info("relative.not_driven", { runId, code: error.code });
    return undefined;
  }
}

/** Whether a run waits for children, which the driver of the run may drive too. */
export function awaitsChildren({ waiting }: RunState): boolean {
  return waiting?.reason === "subworkflow";
}

/** The one child whose end a run waits for. */
export function awaitedChild(run: RunState): string | null {
  if (run.waiting?.reason !== "subworkflow") return null;
  const childId = run.waiting.details?.["sub_run_id"];
  return typeof childId === "string" ? childId : null;
}

/** @throws run_not_found */
export async function loadRun(kernel: Kernel, runId: string): Promise<StoredRun> {
  const stored = await kernel.store.load(runId);
  if (stored !== undefined) return stored;
  throw new AbstractRuntimeError(
    "run_not_found",
    `there is no run ${runId}: check the id; it may have been purged`,
    {
      details: { runId },
    },
  );
}

/** Why a run could not be claimed: it is not due, which is fine, or somebody has it. */
async function unclaimed(kernel: Kernel, runId: string): Promise<StoredRun> {
  const stored = await loadRun(kernel, runId);
  if (stored.head.leaseId === null) return stored;
  const { wakeAt, leaseOwner } = stored.head;
  throw new AbstractRuntimeError(
    "run_leased",
    `${leaseOwner} drives run ${runId}, until ${wakeAt} at least: wait, or send a message`,
    {
      details: { runId, until: wakeAt, owner: leaseOwner },
    },
  );
}
