import {
  type Clock,
  type Handover,
  type Logger,
  silentLogger,
  systemClock,
} from "@abstractruntime/core";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { connect, FAILS_FAST } from "./connect.ts";
import type { FleetOptions } from "./fleet-options.ts";
import { encodeRunJob, type JobResult, type RunJob } from "./run-job.ts";
import { within } from "./within.ts";

/** So long an answer of Redis may take (milliseconds). */
const ANSWER_MS = 5_000;

/** A claimed run to be queued. */
export interface QueuedRun {
  readonly workflowId: string;
  readonly handover: Handover;
}

/** The runs that wait for a worker, in BullMQ. While Redis is away, every call fails soon. */
export class RunQueue {
  readonly #options: FleetOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #connection: Redis;
  #queue: Queue<RunJob, JobResult> | null = null;

  constructor(options: FleetOptions) {
    const { clock = systemClock, logger = silentLogger } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#connection = connect(options.connection, FAILS_FAST);
    this.#connection.on("error", (error) => this.#warn(error));
  }

  /** Whether Redis can be asked now. */
  get isReachable(): boolean {
    return this.#connection.status === "ready";
  }

  /** How many jobs wait, by priority. */
  async counts(priorities: readonly number[]): Promise<Readonly<Record<string, number>>> {
    return this.#ask((queue) => queue.getCountsPerPriority([...priorities]));
  }

  /** Once it has thrown, some of the jobs may be there all the same. */
  async add(runs: readonly QueuedRun[], priority: number): Promise<void> {
    const jobs = runs.map(({ workflowId, handover }) => ({
      name: workflowId,
      data: encodeRunJob(workflowId, handover),
      // Retries are the store's business.
      opts: { jobId: handover.leaseId, attempts: 1, ...(priority > 0 && { priority }) },
    }));
    await this.#ask((queue) => queue.addBulk(jobs));
  }

  /** Ids of the jobs that no worker has taken yet. */
  async waiting(): Promise<ReadonlySet<string>> {
    return new Set(await this.#ask((queue) => queue.getRanges(["waiting", "prioritized"], 0, -1)));
  }

  /** @returns whether the job was there, and no worker had it */
  async remove(jobId: string): Promise<boolean> {
    return this.#ask(async (queue) => (await queue.remove(jobId)) === 1);
  }

  async close(): Promise<void> {
    await this.#queue?.close().catch((error: unknown) => this.#warn(error));
    this.#connection.disconnect();
  }

  async #ask<Answer>(
    question: (queue: Queue<RunJob, JobResult>) => Promise<Answer>,
  ): Promise<Answer> {
    if (!this.isReachable) throw new Error(`Redis can't be reached: ${this.#connection.status}`);
    const answer = this.#open().then(question);
    return within(this.#clock, ANSWER_MS, answer);
  }

  /** BullMQ's queue, whose making asks Redis: if that fails, it is made anew the next time. */
  async #open(): Promise<Queue<RunJob, JobResult>> {
    if (this.#queue !== null) return this.#queue;
    const { queue: name = "runs", prefix = "bull" } = this.#options;
    const queue = new Queue<RunJob, JobResult>(name, { connection: this.#connection, prefix });
    queue.on("error", (error) => this.#warn(error));
    await queue.waitUntilReady();
    this.#queue ??= queue;
    return this.#queue;
  }

  #warn(error: unknown): void {
    this.#logger.warn("fleet.redis_error", { by: "dispatcher", error: String(error) });
  }
}
