import type { RunStatus } from "../run/run-state.ts";

/** How a run can have ended. */
export type EndedStatus = Exclude<RunStatus, "running" | "waiting">;

/** Which ended runs go. All given filters must hold. */
export interface PurgeRequest {
  /** An instant (ISO 8601) that the end of every run that goes must precede. */
  readonly endedBefore: string;
  /** Asked of the run at the top of what goes, not of those below it. Empty: nothing goes. */
  readonly statuses?: readonly EndedStatus[];
  /** As `statuses`. */
  readonly workflowId?: string;
  /** At most this many runs, from 1; 1,000 by default. A larger family goes from its leaves up, over several calls. */
  readonly limit?: number;
  /** Whether to say only what would go. */
  readonly dryRun?: boolean;
}

/** What went. */
export interface Purged {
  /** Run by run, each after those below it. */
  readonly runIds: readonly string[];
  /** How many artifacts nobody claims any more and are gone; 0 of a store that holds none. */
  readonly artifacts: number;
}
