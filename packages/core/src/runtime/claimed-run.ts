import type { DriveStart } from "../drive/drive-start.ts";
import type { Kernel } from "../drive/kernel.ts";
import { graphFor, type Passage } from "../migration/passage.ts";
import type { Lease, StoredRun } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { parseInstant } from "../time/instant.ts";
import type { DriveOptions, Shell } from "./drive-run.ts";
import { newLease } from "./drivers.ts";
import { passageFor } from "./passage-for.ts";

/** A run that this runtime holds and nobody drives yet. */
export interface ClaimedRun {
  readonly lease: Lease;
  readonly subject: StoredRun;
  /** The store's time of the claim, in milliseconds since 1970. */
  readonly claimedAt: number;
}

/** What came of one turn of a driver. */
export interface Driven {
  readonly run: RunState;
  /** Children that were started and are not waited for. */
  readonly startedChildren: readonly string[];
  /** Runs that were told to cancel. */
  readonly cancelledRuns: Iterable<string>;
  /** Whether messages came with the write that let the run go: it is due. */
  readonly messagesLeft: boolean;
}

/** Claim a run that is due; undefined: it is not, or somebody has it. */
export async function claim(kernel: Kernel, runId: string): Promise<ClaimedRun | undefined> {
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
  return subject && { lease, subject, claimedAt: parseInstant(claimed.now) };
}

/** Drive a claimed run by a graph that may drive it. @throws what the driver throws */
export function driveClaimed(
  shell: Shell,
  claimed: ClaimedRun,
  { workflow, migration }: Passage,
  { maxSteps, leavesUnhandled, signal, drain }: DriveOptions,
): Promise<Driven> {
  const start = { ...claimed, held: true, workflow, migration, maxSteps, leavesUnhandled };
  return drive(shell, start, signal, drain);
}

/** See to a claimed run's messages and timers, without calling its handlers. */
export function attendClaimed(shell: Shell, claimed: ClaimedRun): Promise<Driven> {
  const workflow = graphFor(shell.kernel.workflows, claimed.subject.run) ?? null;
  return drive(shell, { ...claimed, held: true, workflow, maxSteps: 0 });
}

async function drive(
  { kernel, drivers }: Shell,
  start: DriveStart,
  signal?: AbortSignal,
  drain?: AbortSignal,
): Promise<Driven> {
  const driver = drivers.make(kernel, start);
  const run = await drivers.drive(driver, signal, drain);
  const { startedChildren, cancelledRuns, messagesLeft } = driver;
  return { run, startedChildren, cancelledRuns, messagesLeft };
}

/** The graph that may drive a claimed run; where there is none, the run is let go. @throws as `passageFor` */
export async function passageOfClaimed(shell: Shell, claimed: ClaimedRun): Promise<Passage> {
  try {
    return await passageFor(shell, claimed.subject.run);
  } catch (error) {
    await attendClaimed(shell, claimed);
    throw error;
  }
}
