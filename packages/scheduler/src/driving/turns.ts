import {
  type Clock,
  type DueRun,
  type ErrorCode,
  isAbstractRuntimeError,
  type Logger,
  type RunState,
} from "@abstractruntime/core";
import { Backoff } from "./backoff.ts";
import { callHook } from "./call-hook.ts";
import { endsWithin } from "./ends-within.ts";

/** How long an interrupted run may take to let go, before stopping gives up on it (milliseconds). */
const PATIENCE_MS = 5_000;

/** How a turn of a run ended. */
export type TurnEnd =
  /** The run waits, ended, or is due again. */
  | { readonly kind: "driven"; readonly run: RunState }
  /** It was claimed in vain too often: it was parked in a `stuck` gate. */
  | { readonly kind: "stuck"; readonly run: RunState; readonly error: Error }
  /** Somebody else has the run. */
  | { readonly kind: "lost" }
  /** The process stops: the run was let go as it stood, due for others. */
  | { readonly kind: "interrupted" }
  /** The run could not be driven: it is put off for so long (milliseconds), or its lease runs out (null). */
  | { readonly kind: "failed"; readonly error: Error; readonly putOffMs: number | null };

export interface TurnsOptions {
  /** What log events begin with. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Node handlers that a run may call in a turn. */
  readonly stepsPerTurn: number;
  /** Whether a run that asks for an effect without a handler here is put off, instead of failing. */
  readonly leavesUnhandled: boolean;
  /** Hears of each end, before the user's hooks do. */
  readonly onEnd: (due: DueRun, end: TurnEnd) => void;
  readonly onRunResumed: ((run: RunState) => void) | undefined;
  readonly onRunFailed: ((runId: string, error: Error) => void) | undefined;
}

/** What ends turns: `drain` lets an effect under way end, `abort` interrupts it. */
export interface TurnSignals {
  readonly drain: AbortSignal;
  readonly abort: AbortSignal;
}

interface UnderWay {
  readonly due: DueRun;
  readonly signals: TurnSignals;
  readonly end: Promise<TurnEnd>;
}

/**
 * The turns of runs that this process drives at the same time, and what becomes of each: told, put off where it could not
 * be driven, and let go when the process stops.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #backoff = new Backoff();
  readonly #underWay = new Set<UnderWay>();
  #drain = new AbortController();
  #abort = new AbortController();
  #signals: TurnSignals = { drain: this.#drain.signal, abort: this.#abort.signal };

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** What the next stop aborts. Whoever takes these before a claim drives nothing that the claim brings after the stop. */
  get signals(): TurnSignals {
    return this.#signals;
  }

  /** How many are under way. */
  get size(): number {
    return this.#underWay.size;
  }

  /** How many of them are of a workflow's runs. */
  countOf(workflowId: string): number {
    return [...this.#underWay].filter(({ due }) => due.run.workflowId === workflowId).length;
  }

  /** Drive a run until it waits, ends, or had its turn. Never rejects. */
  async drive(due: DueRun, signals: TurnSignals): Promise<TurnEnd> {
    const end = this.#drive(due, signals);
    const entry = { due, signals, end };
    this.#underWay.add(entry);
    try {
      return await end;
    } finally {
      this.#underWay.delete(entry);
    }
  }

  /** A run could not be driven: tell of it. */
  report(runId: string, error: Error): void {
    const { name, logger, onRunFailed } = this.#options;
    logger.warn(`${name}.run_failed`, { runId, error: String(error) });
    this.#call(() => onRunFailed?.(runId, error));
  }

  /**
   * Begin no more effects; let those under way end, and commit them; interrupt those that take longer than `drainMs`. Each
   * run is let go then.
   *
   * @param others what is to end before: it may still begin turns, which only let their runs go
   */
  async stop(drainMs: number, others: Promise<unknown> = Promise.resolve()): Promise<void> {
    const { name, clock, logger } = this.#options;
    const current = (): readonly UnderWay[] =>
      [...this.#underWay].filter(({ signals }) => signals === this.#signals);
    this.#drain.abort();
    const ended = others.then(() => Promise.all(current().map(({ end }) => end)));
    if (!(await endsWithin(clock, drainMs, ended))) {
      this.#abort.abort(new Error(`the ${name} stops`));
      if (!(await endsWithin(clock, PATIENCE_MS, ended))) {
        const runIds = current().map(({ due }) => due.runId);
        logger.warn(`${name}.stopped_over_work`, { runIds });
      }
    }
    this.#drain = new AbortController();
    this.#abort = new AbortController();
    this.#signals = { drain: this.#drain.signal, abort: this.#abort.signal };
  }

  async #drive(due: DueRun, { drain, abort: signal }: TurnSignals): Promise<TurnEnd> {
    let end: TurnEnd;
    try {
      const { stepsPerTurn: maxSteps, leavesUnhandled } = this.#options;
      end = endOf(due, await due.drive({ maxSteps, leavesUnhandled, signal, drain }));
    } catch (error) {
      end = this.#endBy(error, due, signal);
    }
    this.#options.onEnd(due, end);
    await this.#note(due, end);
    return end;
  }

  async #note(due: DueRun, end: TurnEnd): Promise<void> {
    const { name, logger, onRunResumed } = this.#options;
    const { runId } = due;
    switch (end.kind) {
      case "driven":
        this.#backoff.succeeded(runId);
        if (end.run.revision !== due.run.revision) this.#call(() => onRunResumed?.(end.run));
        return;
      case "stuck":
        return this.report(runId, end.error);
      case "failed":
        this.report(runId, end.error);
        return this.#putOff(due, end.putOffMs);
      case "lost":
        return logger.info(`${name}.lease_lost`, { runId });
      case "interrupted":
        return;
      default:
        return end satisfies never;
    }
  }

  #endBy(error: unknown, due: DueRun, signal: AbortSignal): TurnEnd {
    const isHeld = isOf(error, ["effect_not_registered"]); // still, so that it can be put off
    if (signal.aborted && !isHeld) return { kind: "interrupted" };
    if (isOf(error, ["lease_lost", "revision_conflict"])) return { kind: "lost" };
    if (isOf(error, ["runtime_closed"])) return { kind: "interrupted" };
    if (movedOn(due, error)) this.#backoff.succeeded(due.runId);
    // What the store did not answer is found by its lease.
    const isAway = isOf(error, ["store_unavailable"]);
    return {
      kind: "failed",
      error: error instanceof Error ? error : new Error(String(error)),
      putOffMs: isAway ? null : this.#backoff.failed(due.runId),
    };
  }

  /** Never throws. */
  async #putOff(due: DueRun, ms: number | null): Promise<void> {
    if (ms === null) return;
    const { name, logger } = this.#options;
    const { runId } = due;
    try {
      await due.defer(ms);
    } catch (error) {
      logger.warn(`${name}.not_deferred`, { runId, error: String(error) });
    }
  }

  #call(hook: () => void): void {
    callHook(this.#options.logger, `${this.#options.name}.hook_failed`, hook);
  }
}

function endOf(due: DueRun, run: RunState): TurnEnd {
  const isStuck = run.waiting?.gate === "stuck" && due.run.waiting?.gate !== "stuck";
  if (!isStuck) return { kind: "driven", run };
  const error = new Error(`run ${due.runId} was claimed ${due.claims} times in vain`);
  return { kind: "stuck", run, error };
}

/** Whether a run that was left for want of a handler got further in this turn. */
function movedOn({ run }: DueRun, error: unknown): boolean {
  return (
    isAbstractRuntimeError(error, "effect_not_registered") &&
    error.details["revision"] !== run.revision
  );
}

function isOf(error: unknown, codes: readonly ErrorCode[]): boolean {
  return isAbstractRuntimeError(error) && codes.includes(error.code);
}
