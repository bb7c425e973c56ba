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
import { Alarm } from "./driving/alarm.ts";
import { type TurnEnd, Turns, type TurnSignals } from "./driving/turns.ts";
import { putsOffUnhandled } from "./driving/unhandled-effects.ts";
import { RightOfWay } from "./right-of-way.ts";
import { assertSchedulerOptions, type SchedulerOptions } from "./scheduler-options.ts";
import { type SchedulerHealth, type SchedulerStats, StatsKeeper } from "./scheduler-stats.ts";
import { planClaims } from "./work-plan.ts";

/** After a look that found nothing: so long the next one waits, whoever rings (milliseconds). */
const PAUSE_MS = 5;
/** After a look that the store did not answer: doubled each time, up to the second number (milliseconds). */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

export interface StopOptions {
  /** How long effects under way may take to end, in milliseconds; 10,000 by default. Then they are interrupted. */
  readonly drainMs?: number;
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
  readonly #stats: StatsKeeper;
  readonly #turns: Turns;
  readonly #rightOfWay = new RightOfWay();
  #loop: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #halt = new AbortController();
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
    this.#turns = new Turns({
      name: "scheduler",
      clock,
      logger,
      stepsPerTurn: options.stepsPerTurn ?? 1_000,
      leavesUnhandled: putsOffUnhandled(options.unhandledEffects, options.runtime.store),
      onEnd: (due, end) => this.#count(due, end),
      onRunResumed: options.onRunResumed,
      onRunFailed: options.onRunFailed,
    });
  }

  get isRunning(): boolean {
    return this.#loop !== null;
  }

  get stats(): SchedulerStats {
    return this.#stats.read(this.#turns.size);
  }

  get health(): SchedulerHealth {
    return {
      isRunning: this.isRunning,
      lastClaimAt: this.#lastClaimAt,
      error: this.#lastError,
    };
  }

  /**
   * Begin to drive, at once. It keeps the process alive until it has stopped.
   *
   * @throws scheduler_running it runs, or has not stopped yet
   */
  start(): void {
    if (this.#loop !== null || this.#stopping !== null)
      throw new AbstractRuntimeError(
        "scheduler_running",
        "this scheduler runs already: await stop() before it is started again",
      );
    this.#halt = new AbortController();
    const forget = this.#runtime.store.onDue(() => this.#alarm.ring());
    const loop = this.#run(this.#halt.signal).finally(() => {
      forget();
      if (this.#loop === loop && this.#stopping === null) this.#loop = null;
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
    const { turns } = await this.#look();
    await Promise.all(turns);
    return turns.length;
  }

  /**
   * Take no more; let effects under way end, and commit them; interrupt those that take longer. Every run is let go then,
   * due for others. Stopping twice is fine.
   */
  stop({ drainMs = 10_000 }: StopOptions = {}): Promise<void> {
    if (this.#loop === null && this.#turns.size === 0) return Promise.resolve();
    this.#halt.abort();
    this.#alarm.ring();
    this.#stopping ??= this.#turns.stop(drainMs, this.#loop ?? undefined).finally(() => {
      this.#loop = null;
      this.#stopping = null;
    });
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(halt: AbortSignal): Promise<void> {
    for (let failures = 0; !halt.aborted;) {
      try {
        const { turns, nextInMs } = await this.#look();
        failures = 0;
        this.#alarm.ringIn(Math.min(nextInMs ?? Infinity, this.#pollIntervalMs));
        if (turns.length === 0) await this.#pause(halt);
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
  async #pause(halt: AbortSignal): Promise<void> {
    await this.#clock.sleep(PAUSE_MS, { signal: halt }).catch(() => {});
  }

  /** Take what is due and there is room for. */
  async #look(): Promise<{
    readonly turns: readonly Promise<void>[];
    readonly nextInMs: number | null;
  }> {
    this.#stats.polled(this.#now());
    const { signals } = this.#turns;
    const turns: Promise<void>[] = [];
    let nextInMs: number | null = null;
    const { claims, isFull } = planClaims({
      workflowIds: this.#workflowIds(),
      shares: this.#options.workflows ?? {},
      free: this.#free,
      underWay: (workflowId) => this.#turns.countOf(workflowId),
    });
    this.#leftSome = isFull;
    for (const { workflowIds, limit } of claims) {
      const room = Math.min(limit, this.#free);
      if (room <= 0) break;
      const due = await this.#runtime.claimDue({ limit: room, workflowIds });
      turns.push(...due.runs.map((run) => this.#drive(run, signals)));
      if (due.nextInMs === 0) this.#leftSome = true;
      else nextInMs = Math.min(nextInMs ?? Infinity, due.nextInMs ?? Infinity);
    }
    this.#lastClaimAt = this.#now();
    this.#lastError = null;
    if (this.#leftSome && this.#free > 0 && turns.length > 0) this.#alarm.ring();
    return { turns, nextInMs };
  }

  #workflowIds(): readonly string[] {
    const now = this.#clock.now();
    return this.#runtime.workflows.ids().filter((id) => !this.#rightOfWay.isGiven(id, now));
  }

  get #free(): number {
    return this.#concurrency - this.#turns.size;
  }

  /** Never throws. */
  async #drive(due: DueRun, signals: TurnSignals): Promise<void> {
    this.#stats.claimed(due.lagMs);
    await this.#turns.drive(due, signals);
    if (this.#leftSome) this.#alarm.ring();
  }

  #count({ runId, run }: DueRun, end: TurnEnd): void {
    if (end.kind === "driven") {
      this.#stats.resumed();
      const nextMs = this.#nextTurnIn(end.run);
      if (nextMs !== null) this.#alarm.ringIn(nextMs);
    }
    if (end.kind === "failed" || end.kind === "stuck")
      this.#stats.failed({ at: this.#now(), runId, message: end.error.message });
    if (end.kind !== "failed" || end.putOffMs === null) return;
    if (isAbstractRuntimeError(end.error, "effect_not_registered"))
      this.#alarm.ringIn(this.#rightOfWay.give(run.workflowId, this.#clock.now(), end.putOffMs));
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

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
