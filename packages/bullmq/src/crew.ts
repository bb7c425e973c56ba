import {
  type Clock,
  type DueRun,
  type Handover,
  isAbstractRuntimeError,
  type Logger,
  type Runtime,
  type RunState,
  silentLogger,
  systemClock,
} from "@abstractruntime/core";
import { Worker } from "bullmq";
import { Backoff } from "./backoff.ts";
import type { FleetOptions } from "./fleet-options.ts";
import type { FleetCounts } from "./fleet-stats.ts";
import { decodeRunJob, type JobResult, type RunJob } from "./run-job.ts";
import { endsWithin } from "./within.ts";
import { WorkerConnection } from "./worker-connection.ts";

/** How long an interrupted run may take to let go, before stopping gives up on it (milliseconds). */
const PATIENCE_MS = 5_000;
/** How long BullMQ may take to say goodbye to Redis, before its connections are cut (milliseconds). */
const GOODBYE_MS = 2_000;

/** Takes runs from the queue, adopts their leases, and drives them: many at the same time, each until it waits or ends. */
export class Crew {
  readonly #options: FleetOptions;
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts: FleetCounts;
  readonly #backoff = new Backoff();
  readonly #connection: WorkerConnection;
  readonly #worker: Worker<RunJob, JobResult>;
  /** By lease id. */
  readonly #underWay = new Map<string, Promise<JobResult>>();
  readonly #drain = new AbortController();
  readonly #abort = new AbortController();

  /** Begins at once. */
  constructor(options: FleetOptions, counts: FleetCounts) {
    const { runtime, clock = systemClock, logger = silentLogger } = options;
    const { queue = "runs", prefix = "bull", concurrency = 50, keptJobs = 1_000 } = options;
    const { rateLimit } = options;
    this.#options = options;
    this.#runtime = runtime;
    this.#clock = clock;
    this.#logger = logger;
    this.#counts = counts;
    this.#connection = new WorkerConnection(options);
    this.#worker = new Worker<RunJob, JobResult>(queue, ({ data }) => this.#take(data), {
      connection: this.#connection.client,
      prefix,
      concurrency,
      removeOnComplete: { count: keptJobs },
      removeOnFail: { count: keptJobs },
      // A job is delivered once. What a dead worker had is found by its lease, which the store knows.
      maxStalledCount: 0,
      ...(rateLimit && { limiter: { max: rateLimit.max, duration: rateLimit.durationMs } }),
    });
    this.#worker.on("error", (error) =>
      logger.warn("fleet.redis_error", { by: "worker", error: String(error) }),
    );
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  get reachesRedis(): boolean {
    return this.#connection.isReachable;
  }

  /** Take no more; let effects under way end, for `drainMs` milliseconds; interrupt those that take longer. */
  async stop(drainMs: number): Promise<void> {
    this.#drain.abort();
    const closing = this.#worker.close();
    if (!(await this.#endWithin(drainMs))) {
      this.#abort.abort(new Error("the fleet stops"));
      if (!(await this.#endWithin(PATIENCE_MS)))
        this.#logger.warn("fleet.stopped_over_work", { leases: [...this.#underWay.keys()] });
    }
    await endsWithin(this.#clock, GOODBYE_MS, closing);
    this.#connection.cut();
  }

  #endWithin(ms: number): Promise<boolean> {
    return endsWithin(this.#clock, ms, Promise.allSettled(this.#underWay.values()));
  }

  /** @throws Error what the job's failure is in BullMQ */
  async #take(data: unknown): Promise<JobResult> {
    const handover = decodeRunJob(data);
    const { leaseId } = handover;
    if (this.#underWay.has(leaseId)) return this.#leaseGone();
    const work = this.#adopt(handover);
    this.#underWay.set(leaseId, work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(leaseId);
    }
  }

  async #adopt(handover: Handover): Promise<JobResult> {
    try {
      const due = await this.#runtime.adopt(handover);
      return due === undefined ? this.#leaseGone() : await this.#drive(due);
    } catch (error) {
      if (this.#abort.signal.aborted) return { outcome: "handed_back" };
      const isTaken = isAbstractRuntimeError(error, "lease_lost");
      if (isTaken || isAbstractRuntimeError(error, "revision_conflict")) return this.#leaseGone();
      this.#fail(handover.runId, error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  async #drive(due: DueRun): Promise<JobResult> {
    try {
      const run = await due.drive({
        maxSteps: this.#options.stepsPerTurn ?? 1_000,
        signal: this.#abort.signal,
        drain: this.#drain.signal,
      });
      this.#backoff.succeeded(due.runId);
      return this.#noteTurn(due, run);
    } catch (error) {
      if (this.#isToPutOff(error)) await this.#putOff(due);
      throw error;
    }
  }

  #noteTurn(due: DueRun, run: RunState): JobResult {
    const { runId, status, revision } = run;
    if (run.waiting?.gate === "stuck" && due.run.waiting?.gate !== "stuck") {
      this.#fail(runId, new Error(`run ${runId} was claimed ${due.claims} times in vain`));
      return { outcome: "driven", status, revision };
    }
    this.#counts.driven += 1;
    if (revision !== due.run.revision) this.#call(() => this.#options.onRunResumed?.(run));
    if (this.#drain.signal.aborted && status === "running") return { outcome: "handed_back" };
    return { outcome: "driven", status, revision };
  }

  #leaseGone(): JobResult {
    this.#counts.leasesGone += 1;
    return { outcome: "lease_gone" };
  }

  /** What the store did not answer is found by its lease. */
  #isToPutOff(error: unknown): boolean {
    if (this.#abort.signal.aborted) return false;
    return !["lease_lost", "revision_conflict", "store_unavailable", "runtime_closed"].some(
      (code) => isAbstractRuntimeError(error) && error.code === code,
    );
  }

  /** Never throws. */
  async #putOff(due: DueRun): Promise<void> {
    const { runId } = due;
    try {
      await due.defer(this.#backoff.failed(runId));
    } catch (error) {
      this.#logger.warn("fleet.not_deferred", { runId, error: String(error) });
    }
  }

  #fail(runId: string, error: Error): void {
    this.#counts.failed += 1;
    this.#logger.warn("fleet.run_failed", { runId, error: String(error) });
    this.#call(() => this.#options.onRunFailed?.(runId, error));
  }

  /** The user's own function: what it throws is logged, and harms nobody. */
  #call(hook: () => void): void {
    try {
      hook();
    } catch (error) {
      this.#logger.warn("fleet.hook_failed", { error: String(error) });
    }
  }
}
