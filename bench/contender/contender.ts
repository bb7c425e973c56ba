import type pg from "pg";

/** Runs of small steps, started so many at a time until the time is up. */
interface StepsLoad {
  readonly steps: number;
  readonly concurrency: number;
  readonly milliseconds: number;
}

/** What a contender can be asked to do, and what it is told of it. */
export interface Loads {
  readonly steps: StepsLoad;
}

export type Workload = keyof Loads;

/** What came of one turn. */
export interface Turn {
  readonly seconds: number;
  /** How many runs ended. */
  readonly runs: number;
  /** What was measured of each run, step or timer, in milliseconds. */
  readonly samples: readonly number[];
}

/** An engine with a database of its own, ready to be measured. It has the workloads that it can do. */
export type Contender = AsyncDisposable & {
  /** All of its connections. */
  readonly pool: pg.Pool;
} & { readonly [Name in Workload]?: (load: Loads[Name]) => Promise<Turn> };
