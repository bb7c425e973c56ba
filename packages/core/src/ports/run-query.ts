import type { RunStatus } from "../run/run-state.ts";
import type { WaitReason } from "../wait/wait.ts";

/** All given filters must hold. */
export interface RunQuery {
  readonly status?: RunStatus;
  readonly waitReason?: WaitReason;
  /** One of the keys that the run waits for. */
  readonly waitKey?: string;
  readonly workflowId?: string;
  readonly actorId?: string;
  readonly sessionId?: string;
  readonly parentRunId?: string;
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
