import { timesText, type Finding } from "./finding.ts";
import type { KnownGraph } from "./graph-input.ts";
import type { ObservedGraph, ObservedNode } from "./observed-graph.ts";

/** What only records can say. */
export function checkRecords({ workflow, observed }: KnownGraph): readonly Finding[] {
  if (observed === null) return [];
  const { nodes } = workflow;
  return [
    ...observed.nodes.flatMap((node) =>
      nodes.has(node.nodeId) ? waits(node) : unknown(node, workflow.id),
    ),
    ...selfLoops(observed).filter(({ nodeId }) => nodeId !== null && nodes.has(nodeId)),
    ...neverObserved([...nodes.keys()], observed),
    ...notPlaced(observed),
  ];
}

function unknown({ nodeId, visits }: ObservedNode, workflowId: string): readonly Finding[] {
  const message = `records name "${nodeId}" (visited ${timesText(visits)}), which is no node of ${workflowId}: they may be of another version`;
  return [{ code: "unknown_node_observed", severity: "info", nodeId, message }];
}

/** A child run ends by itself, and so does a wait for it. */
function waits({ nodeId, waits: kinds }: ObservedNode): readonly Finding[] {
  return kinds
    .filter(({ ends }) => !ends)
    .map(({ reason, count, runId }) => ({
      code: "wait_without_timeout",
      severity: reason === "subworkflow" ? "info" : "warning",
      nodeId,
      message: `runs waited here for ${reason} without a timeout (${timesText(count)}, first in run ${runId})`,
    }));
}

function selfLoops({ edges }: ObservedGraph): readonly Finding[] {
  return edges
    .filter(({ from, to, kind, passed }) => kind === "goto" && from === to && passed > 0)
    .map(({ from, passed }) => ({
      code: "self_loop_without_wait",
      severity: "info",
      nodeId: from,
      message: `runs went from here to here at once, without an effect or a wait between (${timesText(passed)})`,
    }));
}

function neverObserved(nodeIds: readonly string[], { nodes }: ObservedGraph): readonly Finding[] {
  const seen = new Set(nodes.filter(({ visits }) => visits > 0).map(({ nodeId }) => nodeId));
  if (seen.size === 0) return [];
  return nodeIds
    .filter((nodeId) => !seen.has(nodeId))
    .map((nodeId) => ({
      code: "node_never_observed",
      severity: "info",
      nodeId,
      message: "in the records that were given, no run came here",
    }));
}

function notPlaced({ unplaced }: ObservedGraph): readonly Finding[] {
  if (unplaced === 0) return [];
  const message = `${unplaced} records were not counted, because what came before them was not given`;
  return [{ code: "records_not_placed", severity: "info", nodeId: null, message }];
}
