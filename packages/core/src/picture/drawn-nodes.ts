import { compareCodePoints } from "../json/canonical-json.ts";
import type { RunState } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { DrawnEdge } from "./drawn-edges.ts";
import { mermaidLabel, mermaidText } from "./mermaid-label.ts";
import type { ObservedGraph } from "./observed-graph.ts";
import { markOf, notesOf, type NodeMark } from "./run-marks.ts";

/** A node of the picture. */
export interface DrawnNode {
  readonly nodeId: string;
  readonly isEntry: boolean;
  /** Whether the workflow lacks it: records of an older version, or a mistake in edges that were given. */
  readonly isUnknown: boolean;
  /** What the run was or is here; null without a run, and where it did not come. */
  readonly mark: NodeMark | null;
  /** The inside of its label. */
  readonly label: string;
}

/** A workflow's nodes in their order, then those that only edges, records or the run's state name. */
export function drawnNodes(
  workflow: Workflow,
  edges: readonly DrawnEdge[],
  state: RunState | null,
  path: ObservedGraph | null,
): readonly DrawnNode[] {
  const named = edges.flatMap(({ from, to }) => [from, to]).filter((nodeId) => nodeId !== null);
  const others = new Set(
    state === null || state.currentNode === "" ? named : [...named, state.currentNode],
  );
  for (const nodeId of workflow.nodes.keys()) others.delete(nodeId);
  const seen = new Map(path?.nodes.map((node) => [node.nodeId, node]));
  const ids = [...workflow.nodes.keys(), ...[...others].toSorted(compareCodePoints)];
  return ids.map((nodeId) => {
    const visits = seen.get(nodeId) ?? null;
    const notes = state === null ? [] : notesOf(state, nodeId, visits);
    return {
      nodeId,
      isEntry: nodeId === workflow.entry,
      isUnknown: others.has(nodeId),
      mark: state === null ? null : markOf(state, nodeId, visits),
      label: mermaidLabel([mermaidText(nodeId), ...notes]),
    };
  });
}
