/** What a scheduler has done since it was made. Instants are ISO 8601. */
export interface SchedulerStats {
  /** Turns of runs that ended without an error of ours: the run waits, ended, or is due again. */
  readonly runsResumed: number;
  /** Turns that failed: the run was put off, or stands in a `stuck` gate. */
  readonly runsFailed: number;
  /** Looks at the store. */
  readonly pollCycles: number;
  readonly lastPollAt: string | null;
  /** The last failures, oldest first. */
  readonly errors: readonly SchedulerFailure[];
  /** Runs that were taken. */
  readonly claimed: number;
  /** Runs that are driven now. */
  readonly inFlight: number;
  /** How long after their time runs were taken, of those that had a time: the last, and the longest (milliseconds). */
  readonly lag: { readonly lastMs: number; readonly longestMs: number };
}

export interface SchedulerFailure {
  readonly at: string;
  readonly runId: string;
  readonly message: string;
}

/** Whether a scheduler can do its work. */
export interface SchedulerHealth {
  readonly isRunning: boolean;
  /** When the store last answered a claim (ISO 8601); null: not yet. */
  readonly lastClaimAt: string | null;
  /** Why the last claim failed; null: it did not. */
  readonly error: string | null;
}

/** Counts what a scheduler does. */
export class StatsKeeper {
  readonly #maxErrors: number;
  readonly #errors: SchedulerFailure[] = [];
  #runsResumed = 0;
  #runsFailed = 0;
  #pollCycles = 0;
  #claimed = 0;
  #lastPollAt: string | null = null;
  #lastMs = 0;
  #longestMs = 0;

  constructor(maxErrors: number) {
    this.#maxErrors = maxErrors;
  }

  polled(at: string): void {
    this.#pollCycles += 1;
    this.#lastPollAt = at;
  }

  /** @param lagMs null: the run had no time of its own */
  claimed(lagMs: number | null): void {
    this.#claimed += 1;
    if (lagMs === null) return;
    this.#lastMs = lagMs;
    this.#longestMs = Math.max(this.#longestMs, lagMs);
  }

  resumed(): void {
    this.#runsResumed += 1;
  }

  failed(failure: SchedulerFailure): void {
    this.#runsFailed += 1;
    this.#errors.push(failure);
    if (this.#errors.length > this.#maxErrors) this.#errors.shift();
  }

  read(inFlight: number): SchedulerStats {
    return {
      runsResumed: this.#runsResumed,
      runsFailed: this.#runsFailed,
      pollCycles: this.#pollCycles,
      lastPollAt: this.#lastPollAt,
      errors: [...this.#errors],
      claimed: this.#claimed,
      inFlight,
      lag: { lastMs: this.#lastMs, longestMs: this.#longestMs },
    };
  }
}
