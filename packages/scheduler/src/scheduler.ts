import {
  AbstractRuntimeError,
  type Clock,
  type DueRun,
  isAbstractRuntimeError,
  isEnded,
  type Logger,
  type Runtime,
  type RunState,
  silentLogger,
  systemClock,
} from "@abstractruntime/core";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { callHook } from "./call-hook.ts";
import { assertSchedulerOptions, type SchedulerOptions } from "./scheduler-options.ts";
import { type SchedulerHealth, type SchedulerStats, StatsKeeper } from "./scheduler-stats.ts";
import { planClaims } from "./work-plan.ts";

/** After a look that found nothing: so long the next one waits, whoever rings (milliseconds). */
const PAUSE_MS = 5;
/** After a look that the store did not answer: doubled each time, up to the second number (milliseconds). */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** How long an interrupted run may take to let go, before stopping gives up on it (milliseconds). */
const PATIENCE_MS = 5_000;

export interface StopOptions {
  /** How long effects under way may take to end, in milliseconds; 10,000 by default. Then they are interrupted. */
  readonly drainMs?: number;
}

interface UnderWay {
  readonly runId: string;
  readonly workflowId: string;
  readonly end: Promise<void>;
}

/**
 * Drives whatever is due of one runtime's workflows: timers, retries, timeouts, answers, events, children, and runs whose
 * driver died. It sleeps until the store says that something is due, or rings. Any number of schedulers, in any number of
 * processes, share a store: each run is driven by one of them at a time.
 *
 * @example
 * await using scheduler = new Scheduler({ runtime });
 * scheduler.start();
 */
export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions;
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #concurrency: number;
  readonly #pollIntervalMs: number;
  readonly #alarm: Alarm;
  readonly #backoff = new Backoff();
  readonly #stats: StatsKeeper;
  readonly #underWay = new Set<UnderWay>();
  #loop: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #drain = new AbortController();
  #abort = new AbortController();
  /** Whether the last look left due runs where they were, for want of room. */
  #leftSome = false;
  #lastClaimAt: string | null = null;
  #lastError: string | null = null;

  /** @throws invalid_argument */
  constructor(options: SchedulerOptions) {
    assertSchedulerOptions(options);
    const { clock = systemClock, logger = silentLogger } = options;
    this.#options = options;
    this.#runtime = options.runtime;
    this.#clock = clock;
    this.#logger = logger;
    this.#concurrency = options.concurrency ?? 50;
    this.#pollIntervalMs = options.pollIntervalMs ?? 1_000;
    this.#alarm = new Alarm(clock);
    this.#stats = new StatsKeeper(options.maxErrorsKept ?? 100);
  }

  get isRunning(): boolean {
    return this.#loop !== null;
  }

  get stats(): SchedulerStats {
    return this.#stats.read(this.#underWay.size);
  }

  get health(): SchedulerHealth {
    return {
      isRunning: this.isRunning,
      lastClaimAt: this.#lastClaimAt,
      error: this.#lastError,
    };
  }

  /** Begin to drive, at once. It keeps the process alive until it has stopped. @throws scheduler_running it runs, or has not stopped yet */
  start(): void {
    if (this.#loop !== null)
      throw new AbstractRuntimeError(
        "scheduler_running",
        "this scheduler runs already: await stop() before it is started again",
      );
    const forget = this.#runtime.store.onDue(() => this.#alarm.ring());
    const loop = this.#run(this.#drain.signal).finally(() => {
      forget();
      if (this.#stopping === null) this.#loop = null;
    });
    this.#loop = loop;
  }

  /**
   * Look once: take what is due, and drive it until it waits, ends, or had its turn.
   *
   * @returns how many runs were taken
   * @throws what the store throws
   */
  async pollOnce(): Promise<number> {
    const { taken } = await this.#look();
    await Promise.all(taken.map(({ end }) => end));
    return taken.length;
  }

  /**
   * Take no more; let effects under way end, and commit them; interrupt those that take longer. Every run is let go then,
   * due for others. Stopping twice is fine.
   */
  stop({ drainMs = 10_000 }: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(this.#loop ?? Promise.resolve(), drainMs).finally(() => {
      this.#loop = null;
      this.#stopping = null;
      this.#drain = new AbortController();
      this.#abort = new AbortController();
    });
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(loop: Promise<void>, drainMs: number): Promise<void> {
    this.#drain.abort();
    this.#alarm.ring();
    if (await this.#endsWithin(drainMs, loop)) return;
    this.#abort.abort(new Error("the scheduler stops"));
    if (await this.#endsWithin(PATIENCE_MS, loop)) return;
    this.#logger.warn("scheduler.stopped_over_work", {
      runIds: [...this.#underWay].map(({ runId }) => runId),
    });
  }

  /** Whether the loop, and then whatever is under way, comes to its end in time. */
  async #endsWithin(ms: number, loop: Promise<void>): Promise<boolean> {
    const inTime = new AbortController();
    // Slept and not scheduled: the process must not end before what is under way has let go.
    const late = this.#clock.sleep(ms, { signal: inTime.signal }).then(
      () => false,
      () => true,
    );
    const ended = loop.then(() => Promise.all([...this.#underWay].map(({ end }) => end)));
    const isOver = await Promise.race([ended.then(() => true), late]);
    inTime.abort();
    return isOver;
  }

  async #run(drain: AbortSignal): Promise<void> {
    for (let failures = 0; !drain.aborted;) {
      try {
        const { taken, nextInMs } = await this.#look();
        failures = 0;
        this.#alarm.ringIn(Math.min(nextInMs ?? Infinity, this.#pollIntervalMs));
        if (taken.length === 0) await this.#pause(drain);
      } catch (error) {
        if (isAbstractRuntimeError(error, "runtime_closed")) return;
        this.#lastError = String(error);
        this.#logger.warn("scheduler.look_failed", { error: this.#lastError });
        this.#alarm.ringIn(Math.min(RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
        failures += 1;
      }
      await this.#alarm.sleep();
    }
  }

  /** Ends early when the scheduler stops. */
  async #pause(drain: AbortSignal): Promise<void> {
    await this.#clock.sleep(PAUSE_MS, { signal: drain }).catch(() => {});
  }

  /** Take what is due and there is room for. */
  async #look(): Promise<{
    readonly taken: readonly UnderWay[];
    readonly nextInMs: number | null;
  }> {
    this.#stats.polled(this.#now());
    const taken: UnderWay[] = [];
    let nextInMs: number | null = null;
    const { claims, isFull } = planClaims({
      workflowIds: this.#runtime.workflows.ids(),
      shares: this.#options.workflows ?? {},
      free: this.#free,
      underWay: (workflowId) => this.#countOf(workflowId),
    });
    this.#leftSome = isFull;
    for (const { workflowIds, limit } of claims) {
      const room = Math.min(limit, this.#free);
      if (room <= 0) break;
      const due = await this.#runtime.claimDue({ limit: room, workflowIds });
      taken.push(...due.runs.map((run) => this.#begin(run)));
      if (due.nextInMs === 0) this.#leftSome = true;
      else nextInMs = Math.min(nextInMs ?? Infinity, due.nextInMs ?? Infinity);
    }
    this.#lastClaimAt = this.#now();
    this.#lastError = null;
    if (this.#leftSome && this.#free > 0 && taken.length > 0) this.#alarm.ring();
    return { taken, nextInMs };
  }

  get #free(): number {
    return this.#concurrency - this.#underWay.size;
  }

  #countOf(workflowId: string): number {
    return [...this.#underWay].filter((work) => work.workflowId === workflowId).length;
  }

  #begin(due: DueRun): UnderWay {
    this.#stats.claimed(due.lagMs);
    const end = this.#drive(due, this.#abort.signal, this.#drain.signal).finally(() => {
      this.#underWay.delete(work);
      if (this.#leftSome) this.#alarm.ring();
    });
    const work = { runId: due.runId, workflowId: due.run.workflowId, end };
    this.#underWay.add(work);
    return work;
  }

  /** Never throws. */
  async #drive(due: DueRun, signal: AbortSignal, drain: AbortSignal): Promise<void> {
    try {
      const run = await due.drive({
        maxSteps: this.#options.stepsPerTurn ?? 1_000,
        signal,
        drain,
      });
      this.#backoff.succeeded(due.runId);
      this.#noteTurn(due, run);
    } catch (error) {
      if (!signal.aborted) await this.#noteFailure(due, error);
    }
  }

  #noteTurn(due: DueRun, run: RunState): void {
    if (run.waiting?.gate === "stuck" && due.run.waiting?.gate !== "stuck") {
      this.#fail(due.runId, new Error(`run ${due.runId} was claimed ${due.claims} times in vain`));
      return;
    }
    this.#stats.resumed();
    const { onRunResumed } = this.#options;
    if (run.revision !== due.run.revision) callHook(this.#logger, () => onRunResumed?.(run));
    const nextMs = this.#nextTurnIn(run);
    if (nextMs !== null) this.#alarm.ringIn(nextMs);
  }

  /** When the run, or one that has to do with it, may be due again, as far as can be told without asking the store. */
  #nextTurnIn(run: RunState): number | null {
    if (isEnded(run)) return run.parent === null ? null : 0;
    if (run.paused) return null;
    if (run.status === "running") return this.#until(run.pending?.notBefore ?? null) ?? 0;
    if (run.waiting.reason === "subworkflow") return 0;
    return this.#until(run.waiting.until ?? run.waiting.timeout?.at ?? null);
  }

  #until(instant: string | null): number | null {
    return instant === null ? null : Math.max(0, Date.parse(instant) - this.#clock.now());
  }

  async #noteFailure(due: DueRun, error: unknown): Promise<void> {
    const { runId } = due;
    if (isAbstractRuntimeError(error, "lease_lost")) {
      this.#logger.info("scheduler.lease_lost", { runId });
      return;
    }
    this.#fail(runId, error instanceof Error ? error : new Error(String(error)));
    if (isAbstractRuntimeError(error, "store_unavailable")) return; // its lease runs out
    const deferMs = this.#backoff.failed(runId);
    try {
      await due.defer(deferMs);
    } catch (reason) {
      this.#logger.warn("scheduler.not_deferred", { runId, error: String(reason) });
    }
  }

  #fail(runId: string, error: Error): void {
    this.#logger.warn("scheduler.run_failed", { runId, error: String(error) });
    this.#stats.failed({ at: this.#now(), runId, message: error.message });
    callHook(this.#logger, () => this.#options.onRunFailed?.(runId, error));
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
