import type { RunStatus } from "../run/run-state.ts";
import type { Gate, WaitReason } from "../wait/wait.ts";

/** All given filters must hold. */
export interface RunQuery {
  readonly status?: RunStatus;
  /** One of these; empty: no run passes. */
  readonly statuses?: readonly RunStatus[];
  readonly paused?: boolean;
  readonly waitReason?: WaitReason;
  /** The gate in which the run stands, before an effect. */
  readonly gate?: Gate;
  /** One of the keys that the run waits for. */
  readonly waitKey?: string;
  readonly workflowId?: string;
  readonly workflowVersion?: string;
  readonly graphHash?: string;
  readonly actorId?: string;
  readonly sessionId?: string;
  readonly parentRunId?: string;
  /** Whether the run has no parent. */
  readonly root?: boolean;
  /** Runs that were forked from this one. */
  readonly originRunId?: string;
  /** Instants (ISO 8601): inclusive after, exclusive before. */
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly updatedAfter?: string;
  readonly updatedBefore?: string;
  /** Whether the run stands in a `stuck` gate. */
  readonly stuck?: boolean;
  /** Page size, 1 to 1,000; 100 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before, with the same filters. */
  readonly cursor?: string;
}

/** Which children of a run. */
export interface ChildPage {
  /** Only those that this step started. */
  readonly stepId?: string;
  /** Page size, 1 to 1,000; 100 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before, with the same `stepId`. */
  readonly cursor?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

export interface RecordRange {
  /** Only records with a higher `seq`; 0 by default. */
  readonly after?: number;
  /** At most this many; all by default. */
  readonly limit?: number;
}
