import {
  type Clock,
  type DueRun,
  isAbstractRuntimeError,
  type Logger,
  type Runtime,
  silentLogger,
  systemClock,
} from "@abstractruntime/core";
import { Alarm } from "@abstractruntime/scheduler/driving";
import type { FleetOptions } from "./fleet-options.ts";
import type { FleetCounts } from "./fleet-stats.ts";
import { byPriority } from "./priorities.ts";
import { QueuedLeases } from "./queued-leases.ts";
import { RunQueue } from "./run-queue.ts";

/** So many runs are claimed at once. */
const CLAIMED_AT_ONCE = 200;
/** After a look that found nothing: so long the next one waits, whoever rings (milliseconds). */
const PAUSE_MS = 5;
/** So long until the next look at a queue that was full (milliseconds). */
const FULL_MS = 20;
/** After a look that failed: doubled each time, up to the second number (milliseconds). */
const RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** Takes runs that are due from the store, and puts them into the queue under the leases that it took. */
export class Dispatcher {
  readonly #options: FleetOptions;
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts: FleetCounts;
  readonly #alarm: Alarm;
  readonly #queue: RunQueue;
  readonly #leases: QueuedLeases;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  lastDispatchAt: string | null = null;
  error: string | null = null;

  /** Begins at once. */
  constructor(options: FleetOptions, counts: FleetCounts) {
    const { runtime, clock = systemClock, logger = silentLogger } = options;
    this.#options = options;
    this.#runtime = runtime;
    this.#clock = clock;
    this.#logger = logger;
    this.#counts = counts;
    this.#alarm = new Alarm(clock);
    this.#queue = new RunQueue(options);
    this.#leases = new QueuedLeases(options, this.#queue);
    this.#leases.start();
    const forget = runtime.store.onDue(() => this.#alarm.ring());
    this.#loop = this.#run().finally(forget);
  }

  get reachesRedis(): boolean {
    return this.#queue.isReachable;
  }

  /** Claim no more, and let everything go that no worker has taken. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#alarm.ring();
    await this.#loop;
    this.#counts.takenBack += await this.#leases.takeBack();
    await this.#queue.close();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted;) {
      try {
        const { claimed, nextInMs } = await this.#look();
        failures = 0;
        if (claimed === 0) await this.#pause(PAUSE_MS);
        this.#alarm.ringIn(nextInMs);
        await this.#alarm.sleep();
      } catch (error) {
        if (isAbstractRuntimeError(error, "runtime_closed")) return;
        this.error = String(error);
        this.#logger.warn("fleet.dispatch_failed", { error: this.error });
        await this.#pause(Math.min(RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
        failures += 1;
      }
    }
  }

  /** Ends early when the dispatcher stops, and not for a ring. */
  async #pause(ms: number): Promise<void> {
    await this.#clock.sleep(ms, { signal: this.#stop.signal }).catch(() => {});
  }

  /** Claim what is due and the queue has room for. It is asked first: while Redis is away, nothing is claimed. */
  async #look(): Promise<{ readonly claimed: number; readonly nextInMs: number }> {
    const { maxQueued = 1_000, pollIntervalMs = 1_000, priorities = {} } = this.#options;
    const classes = byPriority(this.#runtime.workflows.ids(), priorities);
    const counts = await this.#queue.counts(classes.map(({ priority }) => priority));
    let claimed = 0;
    let nextInMs = pollIntervalMs;
    let before = 0;
    for (const { priority, workflowIds } of classes) {
      before += counts[priority] ?? 0;
      const limit = Math.min(maxQueued - before, CLAIMED_AT_ONCE);
      if (limit <= 0) {
        nextInMs = Math.min(nextInMs, FULL_MS);
        break; // what comes later has no room either
      }
      const due = await this.#runtime.claimDue({ limit, workflowIds });
      await this.#handOver(due.runs, priority);
      before += due.runs.length;
      claimed += due.runs.length;
      nextInMs = Math.min(nextInMs, due.nextInMs ?? Infinity);
    }
    this.lastDispatchAt = new Date(this.#clock.now()).toISOString();
    this.error = null;
    return { claimed, nextInMs };
  }

  /** @throws Error Redis did not take them: they were let go */
  async #handOver(runs: readonly DueRun[], priority: number): Promise<void> {
    if (runs.length === 0) return;
    const queued = runs.map(({ handover, run: { workflowId } }) => ({ handover, workflowId }));
    try {
      await this.#queue.add(queued, priority);
    } catch (error) {
      await Promise.all(runs.map((due) => this.#letGo(due)));
      throw error;
    }
    this.#leases.add(queued.map(({ handover }) => handover));
    this.#counts.dispatched += runs.length;
  }

  /** Never throws: what can't be let go runs out. */
  async #letGo(due: DueRun): Promise<void> {
    try {
      await due.release();
      this.#counts.takenBack += 1;
    } catch (error) {
      this.#logger.warn("fleet.not_released", { runId: due.runId, error: String(error) });
    }
  }
}
