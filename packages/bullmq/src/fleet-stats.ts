/** What the part of a fleet in this process has done since it was made. */
export interface FleetStats {
  /** Runs that were put into the queue. */
  readonly dispatched: number;
  /** Runs that were claimed, and let go because Redis did not take them, or the dispatcher stopped. */
  readonly takenBack: number;
  /** Turns of runs that ended without an error of ours: the run waits, ended, or is due again. */
  readonly driven: number;
  /** Jobs whose run was somebody else's by then. */
  readonly leasesGone: number;
  /** Turns that failed: the run was put off, or stands in a `stuck` gate. */
  readonly failed: number;
  /** Runs that are driven now. */
  readonly underWay: number;
}

/** Whether the part of a fleet in this process can do its work. */
export interface FleetHealth {
  readonly isRunning: boolean;
  /** Whether all of its connections to Redis stand. */
  readonly reachesRedis: boolean;
  /** When it last looked for due runs, and Redis and the store answered (ISO 8601); null: not yet, or it does not dispatch. */
  readonly lastDispatchAt: string | null;
  /** Why the last look failed; null: it did not. */
  readonly error: string | null;
}

/** What is counted while a fleet works. */
export type FleetCounts = { -readonly [Name in Exclude<keyof FleetStats, "underWay">]: number };

export function newCounts(): FleetCounts {
  return { dispatched: 0, takenBack: 0, driven: 0, leasesGone: 0, failed: 0 };
}
