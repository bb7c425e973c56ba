import {
  type Clock,
  type DueRun,
  type Handover,
  type Runtime,
  silentLogger,
  systemClock,
} from "@abstractruntime/core";
import {
  endsWithin,
  putsOffUnhandled,
  Turns,
  type TurnEnd,
} from "@abstractruntime/scheduler/driving";
import { Worker } from "bullmq";
import type { FleetOptions } from "./fleet-options.ts";
import type { FleetCounts } from "./fleet-stats.ts";
import { decodeRunJob, type JobResult, type RunJob } from "./run-job.ts";
import { WorkerConnection } from "./worker-connection.ts";

/** How long BullMQ may take to say goodbye to Redis, before its connections are cut (milliseconds). */
const GOODBYE_MS = 2_000;

/** Takes runs from the queue, adopts their leases, and drives them: many at the same time, each until it waits or ends. */
export class Crew {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #counts: FleetCounts;
  readonly #turns: Turns;
  readonly #connection: WorkerConnection;
  readonly #worker: Worker<RunJob, JobResult>;
  /** By lease id. */
  readonly #jobs = new Map<string, Promise<JobResult>>();
  #isStopping = false;

  /** Begins at once. */
  constructor(options: FleetOptions, counts: FleetCounts) {
    const { runtime, clock = systemClock, logger = silentLogger } = options;
    const { queue = "runs", prefix = "bull", concurrency = 50, keptJobs = 1_000 } = options;
    const { rateLimit } = options;
    this.#runtime = runtime;
    this.#clock = clock;
    this.#counts = counts;
    this.#turns = new Turns({
      name: "fleet",
      clock,
      logger,
      stepsPerTurn: options.stepsPerTurn ?? 1_000,
      leavesUnhandled: putsOffUnhandled(options.unhandledEffects, runtime.store),
      onEnd: (_due, end) => this.#count(end),
      onRunResumed: options.onRunResumed,
      onRunFailed: options.onRunFailed,
    });
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
    return this.#jobs.size;
  }

  get reachesRedis(): boolean {
    return this.#connection.isReachable;
  }

  /** Take no more; let effects under way end, for `drainMs` milliseconds; interrupt those that take longer. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true;
    const closing = this.#worker.close();
    await this.#turns.stop(drainMs, Promise.allSettled(this.#jobs.values()));
    await endsWithin(this.#clock, GOODBYE_MS, closing);
    this.#connection.cut();
  }

  /** @throws Error what the job's failure is in BullMQ */
  async #take(data: unknown): Promise<JobResult> {
    const handover = decodeRunJob(data);
    const { leaseId } = handover;
    if (this.#jobs.has(leaseId)) return this.#leaseGone();
    const work = this.#work(handover);
    this.#jobs.set(leaseId, work);
    try {
      return await work;
    } finally {
      this.#jobs.delete(leaseId);
    }
  }

  async #work(handover: Handover): Promise<JobResult> {
    const { signals } = this.#turns;
    const due = await this.#adopt(handover);
    if (due === undefined) return this.#leaseGone();
    return this.#resultOf(await this.#turns.drive(due, signals));
  }

  async #adopt(handover: Handover): Promise<DueRun | undefined> {
    try {
      return await this.#runtime.adopt(handover);
    } catch (error) {
      this.#counts.failed += 1;
      this.#turns.report(handover.runId, error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  #resultOf(end: TurnEnd): JobResult {
    switch (end.kind) {
      case "driven":
      case "stuck": {
        const { status, revision } = end.run;
        const isUnfinished = this.#isStopping && status === "running";
        return isUnfinished ? { outcome: "handed_back" } : { outcome: "driven", status, revision };
      }
      case "lost":
        return { outcome: "lease_gone" };
      case "interrupted":
        return { outcome: "handed_back" };
      case "failed":
        throw end.error;
      default:
        return end satisfies never;
    }
  }

  #leaseGone(): JobResult {
    this.#counts.leasesGone += 1;
    return { outcome: "lease_gone" };
  }

  #count({ kind }: TurnEnd): void {
    if (kind === "driven") this.#counts.driven += 1;
    if (kind === "lost") this.#counts.leasesGone += 1;
    if (kind === "stuck" || kind === "failed") this.#counts.failed += 1;
  }
}
