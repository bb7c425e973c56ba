import { timesText, type Finding } from "./finding.ts";
import type { KnownGraph } from "./graph-input.ts";
import type { ObservedEdge } from "./observed-graph.ts";

/** Declared edges against the nodes that there are, and against those that records show. */
export function checkEdges(graph: KnownGraph): readonly Finding[] {
  return [...unknownNodes(graph), ...undeclared(graph), ...notDeclared(graph)];
}

function unknownNodes({ workflow, declared }: KnownGraph): readonly Finding[] {
  const { nodes } = workflow;
  return Array.from(declared, ([from, targets]): readonly Finding[] => {
    if (!nodes.has(from)) {
      const message = `edges are declared for "${from}", which is no node of ${workflow.id}`;
      return [{ code: "unknown_edge_source", severity: "error", nodeId: from, message }];
    }
    return targets
      .filter((to) => to !== null && !nodes.has(to))
      .map((to) => ({
        code: "unknown_edge_target",
        severity: "error",
        nodeId: from,
        message: `its declared edge leads to "${to}", which is no node of ${workflow.id}`,
      }));
  }).flat();
}

function undeclared({ workflow, declared, observed }: KnownGraph): readonly Finding[] {
  return (observed?.edges ?? []).flatMap((edge): readonly Finding[] => {
    const { from, to, kind } = edge;
    if (from === null || kind === "failed" || !workflow.nodes.has(from)) return [];
    const targets = declared.get(from);
    if (targets === undefined || targets.includes(to)) return [];
    const message = `${whatHappened(edge)}, which its declared edges do not have`;
    return [{ code: "undeclared_edge", severity: "warning", nodeId: from, message }];
  });
}

function whatHappened({ to, kind, passed }: ObservedEdge): string {
  if (to === null) return `runs completed here (${timesText(passed)})`;
  return passed === 0
    ? `runs planned to go to "${to}" (${kind})`
    : `runs went to "${to}" (${kind}, ${timesText(passed)})`;
}

/** What can't be checked, so that silence is not taken for a result. */
function notDeclared({ workflow, declared }: KnownGraph): readonly Finding[] {
  const missing = [...workflow.nodes.keys()].filter((nodeId) => !declared.has(nodeId));
  if (missing.length < workflow.nodes.size) {
    return missing.map((nodeId) => ({
      code: "edges_not_declared",
      severity: "info",
      nodeId,
      message: "it declares no edges: what it leads to, and whether it ends runs, was not checked",
    }));
  }
  const message =
    "no edges are declared: whether nodes can be reached and runs can end was not checked";
  return [{ code: "edges_not_declared", severity: "info", nodeId: null, message }];
}
