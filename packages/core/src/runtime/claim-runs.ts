import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import { assertClaimLimit } from "../memory/claim-filter.ts";
import type { WorkflowRef } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { impliedWakeAt } from "../run/implied-wake-at.ts";
import { formatInstant, parseInstant } from "../time/instant.ts";
import type { Handover } from "./adopt-run.ts";
import {
  attendClaimed,
  claim,
  type ClaimedRun,
  driveClaimed,
  passageOfClaimed,
} from "./claimed-run.ts";
import { attendAll, type DriveOptions, type Shell } from "./drive-run.ts";
import { newLease } from "./drivers.ts";
import { maxStepsOf } from "./max-steps.ts";

export interface ClaimOptions {
  /** At most this many runs, 1 to 1,000. */
  readonly limit: number;
  /** Only runs of these workflows, by id; of all that are registered by default. */
  readonly workflowIds?: readonly string[] | undefined;
  /** Only these runs. */
  readonly runIds?: readonly string[] | undefined;
}

/** Due runs that this runtime now holds, and when to claim again. */
export interface DueRuns {
  /** The longest due first. */
  readonly runs: readonly DueRun[];
  /**
   * In how many milliseconds to claim again, by the store's clock, if it does not ring before; 0: at once, there may be
   * more. Null: no run has a time.
   */
  readonly nextInMs: number | null;
}

/** A due run that this runtime holds: drive it, or let it go. Nobody renews its lease before. */
export class DueRun {
  readonly #shell: Shell;
  readonly #claimed: ClaimedRun;
  /** When it was claimed by this process's clock (milliseconds since 1970). */
  readonly #since: number;

  constructor(shell: Shell, claimed: ClaimedRun) {
    this.#shell = shell;
    this.#claimed = claimed;
    this.#since = shell.kernel.clock.now();
  }

  get runId(): string {
    return this.#claimed.subject.run.runId;
  }

  /** The run as it was claimed. */
  get run(): RunState {
    return this.#claimed.subject.run;
  }

  /** How often it was claimed since somebody wrote it or gave it back: drivers that were not heard of again, and this one. */
  get claims(): number {
    return this.#claimed.subject.head.claims;
  }

  /** How long after its time it was claimed (milliseconds); null: its state names no time, a message made it due. */
  get lagMs(): number | null {
    const { claimedAt } = this.#claimed;
    const dueAt = impliedWakeAt(this.run, formatInstant(claimedAt), false);
    const lagMs = dueAt === null ? null : claimedAt - parseInstant(dueAt);
    return lagMs !== null && lagMs >= 0 ? lagMs : null;
  }

  /** What another process needs to `adopt` the run, as JSON. Whoever hands it over neither drives it nor lets it go. */
  get handover(): Handover {
    const { lease, subject, claimedAt } = this.#claimed;
    return {
      runId: this.runId,
      leaseId: lease.leaseId,
      claimedAt: formatInstant(claimedAt),
      revision: subject.run.revision,
    };
  }

  /**
   * Drive this run alone, until it waits, ends, backs off, or `maxSteps` node handlers were called. Children that it
   * starts, and a parent that waits for it, are due for whoever claims them.
   *
   * @throws workflow_changed, workflow_not_registered, lease_lost, store_unavailable, and the signal's reason; the run
   *   is let go then, or its lease runs out
   * @throws effect_not_registered with `leavesUnhandled`: the run stands as before the effect, and is still held: `defer` it
   */
  async drive(options: Partial<DriveOptions> = {}): Promise<RunState> {
    const driving = { ...options, maxSteps: maxStepsOf(options.maxSteps) };
    const passage = await passageOfClaimed(this.#shell, this.#claimed);
    const { run, cancelledRuns } = await driveClaimed(this.#shell, this.#claimed, passage, driving);
    await attendAll(this.#shell, cancelledRuns);
    return deepFreeze(run);
  }

  /** Let it go without calling its handlers; it is due when its state says. @throws as `drive` */
  async release(): Promise<void> {
    await attendClaimed(this.#shell, this.#claimed);
  }

  /**
   * Let nobody look at it for a while, because driving it failed. A message ends that; a run that somebody has, or that is
   * not due any more, is left as it is.
   *
   * @param ms milliseconds, by the store's clock
   * @throws store_unavailable
   */
  async defer(ms: number): Promise<void> {
    const elapsedMs = Math.max(0, this.#shell.kernel.clock.now() - this.#since);
    if (await this.#giveBack(this.#claimed, elapsedMs + ms)) return;
    const again = await claim(this.#shell.kernel, this.runId);
    if (again !== undefined) await this.#giveBack(again, ms);
  }

  /** @param ms after the claim @returns whether the lease was still ours */
  async #giveBack(claimed: ClaimedRun, ms: number): Promise<boolean> {
    const { runId } = this;
    const { leaseId } = claimed.lease;
    const { inboxSeq } = claimed.subject.head;
    const wakeAt = formatInstant(claimed.claimedAt + ms);
    const { store } = this.#shell.kernel;
    try {
      await store.giveBack({ runId, leaseId, inboxSeq, wakeAt });
    } catch (error) {
      if (isAbstractRuntimeError(error, "lease_lost")) return false;
      if (!isAbstractRuntimeError(error, "inbox_changed")) throw error;
      const subject = await store.load(runId);
      if (subject?.head.leaseId !== leaseId) return true;
      const read = { ...claimed, subject };
      if (subject.head.inboxSize === 0) return this.#giveBack(read, ms); // its driver has read them
      await attendClaimed(this.#shell, read);
    }
    return true;
  }
}

/**
 * Take runs that are due, of workflows that this runtime has.
 *
 * @throws invalid_argument, workflow_not_registered, runtime_closed, store_unavailable
 */
export async function claimRuns(shell: Shell, options: ClaimOptions): Promise<DueRuns> {
  const { kernel, drivers } = shell;
  drivers.assertOpen();
  const { limit, workflowIds, runIds } = options;
  assertClaimLimit(limit);
  const leases = new Map(
    Array.from({ length: limit }, () => {
      const lease = newLease(kernel);
      return [lease.leaseId, lease];
    }),
  );
  const claimed = await drivers.claiming(
    kernel.store.claimDue({
      owner: kernel.owner,
      leaseMs: kernel.leaseMs,
      limit,
      leaseIds: [...leases.keys()],
      workflows: refsOf(shell, workflowIds),
      ...(runIds !== undefined && { runIds }),
    }),
  );
  const claimedAt = parseInstant(claimed.now);
  const runs = claimed.runs.flatMap((subject) => {
    const lease = leases.get(subject.head.leaseId ?? "");
    return lease === undefined ? [] : [new DueRun(shell, { lease, subject, claimedAt })];
  });
  const { nextWakeAt } = claimed;
  const nextInMs = nextWakeAt === null ? null : Math.max(0, parseInstant(nextWakeAt) - claimedAt);
  return { runs, nextInMs };
}

function refsOf(
  { kernel }: Shell,
  workflowIds: readonly string[] | undefined,
): readonly WorkflowRef[] {
  const refs = kernel.workflows.refs();
  if (workflowIds === undefined) return refs;
  for (const workflowId of workflowIds) kernel.workflows.getOrThrow(workflowId);
  const wanted = new Set(workflowIds);
  return refs.filter(({ workflowId }) => wanted.has(workflowId));
}
