import type { WaitReason } from "../wait/wait.ts";

/**
 * How a run goes along an edge: a run began (`start`), a handler went on at once (`goto`), an effect or wait ended
 * (`next`), it failed (`error`), time ended its wait (`timeout`), or the run ended (`completed`, `failed`). A `branch` is where
 * child runs of the same workflow begin; the run itself does not go there.
 */
export type EdgeKind =
  | "start"
  | "goto"
  | "next"
  | "error"
  | "timeout"
  | "branch"
  | "completed"
  | "failed";

/** An edge as records show it. */
export interface ObservedEdge {
  /** Null where runs begin: the edge into the entry, or into the first node of a branch. */
  readonly from: string | null;
  /** Null where runs end. */
  readonly to: string | null;
  readonly kind: EdgeKind;
  /** How often runs went along it; 0 when it was only planned, such as an `onErrorNode` that was never needed. */
  readonly passed: number;
}

/** The waits of one kind that began at a node. */
export interface ObservedWait {
  readonly reason: WaitReason;
  /** Whether time would have ended them: timers, and waits with a timeout. */
  readonly ends: boolean;
  readonly count: number;
  /** The first run that waited so. */
  readonly runId: string;
}

/** A node as records show it. */
export interface ObservedNode {
  readonly nodeId: string;
  /** How often runs came to it. */
  readonly visits: number;
  /** Attempts of its effects that failed, repeated ones too. */
  readonly failures: number;
  readonly waits: readonly ObservedWait[];
}

/** What the records of one or many runs show of a graph. Plain data, sorted, so that the order of runs does not matter. */
export interface ObservedGraph {
  /** Runs whose first record was there. */
  readonly runs: number;
  readonly nodes: readonly ObservedNode[];
  readonly edges: readonly ObservedEdge[];
  /** Records that say how a run went on, but not from where: what came before them was not there. */
  readonly unplaced: number;
}
