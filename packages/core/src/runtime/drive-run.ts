import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Kernel } from "../drive/kernel.ts";
import type { Lease, StoredRun } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { parseInstant } from "../time/instant.ts";
import { newLease, type Drivers } from "./drivers.ts";
import { resolveWorkflow } from "./resolve-workflow.ts";

export interface DriveOptions {
  /** Node handlers that may be called, for each run that is driven. */
  readonly maxSteps: number;
  readonly signal?: AbortSignal | undefined;
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
    const workflow = resolveWorkflow(kernel.workflows, stored.run);
    const claimed = await drivers.claiming(claim(kernel, runId));
    if (claimed === undefined) return (await unclaimed(kernel, runId)).run;
    const { lease, subject, claimedAt } = claimed;
    const driver = drivers.make(kernel, {
      subject,
      lease,
      held: true,
      claimedAt,
      workflow,
      maxSteps: options.maxSteps,
    });
    const run = await drivers.drive(driver, options.signal);
    driveDetached(shell, driver.startedChildren);
    await attendAll(shell, driver.cancelledRuns);
    if (!driver.messagesLeft) return run;
  }
}

/** See to messages and timers of a run, if it is free, without calling its handlers. */
export async function attend(shell: Shell, runId: string): Promise<void> {
  const { kernel, drivers } = shell;
  for (;;) {
    const claimed = await drivers.claiming(claim(kernel, runId));
    if (claimed === undefined) return drivers.tell(runId);
    const { lease, subject, claimedAt } = claimed;
    const workflow = kernel.workflows.get(subject.run.workflowId, subject.run.graphHash) ?? null;
    const start = { subject, lease, held: true, claimedAt, workflow, maxSteps: 0 };
    const driver = drivers.make(kernel, start);
    await drivers.drive(driver);
    await attendAll(shell, driver.cancelledRuns);
    if (!driver.messagesLeft) return;
  }
}

/** See to several runs; one that can't be reached is left to whoever finds it due. */
export async function attendAll(shell: Shell, runIds: Iterable<string>): Promise<void> {
  for (const runId of runIds) {
    try {
      await attend(shell, runId);
    } catch (error) {
      shell.kernel.logger.warn("run.not_attended", { runId, error: String(error) });
    }
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
    const above = await tryDrive(shell, run.parent.runId, options);
    if (above === undefined) return;
    run = above;
  }
}

async function driveDown(shell: Shell, runId: string, options: DriveOptions): Promise<RunState> {
  let run = await driveRun(shell, runId, options);
  for (let childId = awaitedChild(run); childId !== null; childId = awaitedChild(run)) {
    const child = await tryDrive(shell, childId, options);
    if (child === undefined || !isEnded(child)) return run;
    const { revision } = run;
    run = await driveRun(shell, runId, options);
    if (run.revision === revision) return run;
  }
  return run;
}

async function tryDrive(
  shell: Shell,
  runId: string,
  options: DriveOptions,
): Promise<RunState | undefined> {
  try {
    return await driveDown(shell, runId, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isAbstractRuntimeError(error)) throw error;
    shell.kernel.logger.info("relative.not_driven", { runId, code: error.code });
    return undefined;
  }
}

/** The child whose end a run waits for. */
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

async function claim(
  kernel: Kernel,
  runId: string,
): Promise<{ lease: Lease; subject: StoredRun; claimedAt: number } | undefined> {
  const lease = newLease(kernel);
  const { owner, leaseMs, leaseId } = lease;
  const claimed = await kernel.store.claimDue({
    owner,
    leaseMs,
    limit: 1,
    runIds: [runId],
    leaseIds: [leaseId],
  });
  const subject = claimed.runs[0];
  return subject === undefined
    ? undefined
    : { lease, subject, claimedAt: parseInstant(claimed.now) };
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
