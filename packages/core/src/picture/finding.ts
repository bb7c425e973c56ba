/** What `checkWorkflow` can find. */
export type FindingCode =
  | "unknown_edge_source"
  | "unknown_edge_target"
  | "unknown_node_observed"
  | "undeclared_edge"
  | "unreachable_node"
  | "no_way_to_an_end"
  | "wait_without_timeout"
  | "self_loop_without_wait"
  | "node_never_observed"
  | "edges_not_declared"
  | "records_not_placed";

/** One thing that a check found. Each is a fact about what was declared or recorded; whether it is a mistake is yours to say. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: can't be right. `warning`: seldom meant. `info`: good to know, among it what was not checked and why. */
  readonly severity: "error" | "warning" | "info";
  /** Null when it is about the whole workflow. */
  readonly nodeId: string | null;
  readonly message: string;
}

/** How often, in words. */
export function timesText(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
