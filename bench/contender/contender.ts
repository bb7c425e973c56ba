import type pg from "pg";

/** Runs of small steps, started so many at a time until the time is up. */
interface StepsLoad {
  readonly steps: number;
  readonly concurrency: number;
  readonly milliseconds: number;
}

/** Runs that wait for an answer. All are there before the first is answered, so many at a time; then all end. */
interface AnswersLoad {
  readonly runs: number;
  readonly concurrency: number;
}

/** One run, each step of which adds a kilobyte to its state. */
interface GrowingLoad {
  readonly steps: number;
}

/** One run with so large a state, each step of which changes 100 bytes of it. */
interface EditingLoad {
  readonly steps: number;
  readonly kilobytes: number;
}

/** Timers that are all due at one instant, this long after the first was set. */
interface TimersLoad {
  readonly timers: number;
  readonly leadMs: number;
}

/** Runs of small steps, all of them handed to workers, which do so many at a time; each step is claimed or follows another. */
interface WorkersLoad {
  readonly runs: number;
  readonly steps: number;
  readonly concurrency: number;
}

/** What a contender can be asked to do, and what it is told of it. */
export interface Loads {
  readonly steps: StepsLoad;
  readonly answers: AnswersLoad;
  readonly growing: GrowingLoad;
  readonly editing: EditingLoad;
  readonly timers: TimersLoad;
  readonly workers: WorkersLoad;
}

export type Workload = keyof Loads;

/** What came of one turn. */
export interface Turn {
  readonly seconds: number;
  /** How many runs ended. */
  readonly runs: number;
  /** What was measured of each run, step or timer, in milliseconds. */
  readonly samples: readonly number[];
  /** What the engine itself stores of a step, in bytes. */
  readonly recordBytes?: number;
  /** The part of the server's log that belongs to the turn; all of it by default. */
  readonly log?: { readonly from: string; readonly to: string };
}

/** An engine with a database of its own, ready to be measured. It has the workloads that it can do. */
export type Contender = AsyncDisposable & {
  /** All of its connections; null: they are its own affair. */
  readonly pool: pg.Pool | null;
} & { readonly [Name in Workload]?: (load: Loads[Name]) => Promise<Turn> };
