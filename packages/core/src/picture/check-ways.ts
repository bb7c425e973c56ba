import type { Finding } from "./finding.ts";
import type { KnownGraph } from "./graph-input.ts";

/** For each node, where it leads; the end is null. */
type Ways = ReadonlyMap<string, ReadonlySet<string | null>>;

/** Nodes that nothing leads to, and nodes that lead to no end: only what follows from the edges that are known. */
export function checkWays(graph: KnownGraph): readonly Finding[] {
  const ways = knownWays(graph);
  return [...unreachable(graph, ways), ...endless(graph, ways)];
}

/** Declared edges and observed ones. */
function knownWays({ workflow, declared, observed }: KnownGraph): Ways {
  const ways = new Map<string, Set<string | null>>();
  for (const nodeId of workflow.nodes.keys()) ways.set(nodeId, new Set(declared.get(nodeId)));
  for (const { from, to, kind } of observed?.edges ?? [])
    if (from !== null && kind !== "failed") ways.get(from)?.add(to);
  return ways;
}

/** Nothing is known of what lies behind a node that declares no edges: if one is reached, all may be. */
function unreachable(graph: KnownGraph, ways: Ways): readonly Finding[] {
  const { workflow, declared, observed } = graph;
  const seen = (observed?.nodes ?? []).filter(({ visits }) => visits > 0);
  const reached = reachable([workflow.entry, ...seen.map(({ nodeId }) => nodeId)], ways);
  for (const nodeId of reached) if (!declared.has(nodeId) && ways.has(nodeId)) return [];
  return [...ways.keys()]
    .filter((nodeId) => !reached.has(nodeId))
    .map((nodeId) => ({
      code: "unreachable_node",
      severity: "warning",
      nodeId,
      message: `no declared edge${observed === null ? "" : " and no record"} leads here from the entry, "${workflow.entry}"`,
    }));
}

/** A node that declares no edges may be one that ends runs. */
function endless({ workflow, declared, observed }: KnownGraph, ways: Ways): readonly Finding[] {
  const mayEnd = [...ways].filter(([nodeId, to]) => !declared.has(nodeId) || to.has(null));
  const ending = reachable(
    mayEnd.map(([nodeId]) => nodeId),
    reversed(ways),
  );
  return [...workflow.nodes.keys()]
    .filter((nodeId) => !ending.has(nodeId))
    .map((nodeId) => ({
      code: "no_way_to_an_end",
      severity: "warning",
      nodeId,
      message: `no declared edge${observed === null ? "" : " and no record"} leads from here to an end: a run goes on until it fails or is cancelled`,
    }));
}

function reversed(ways: Ways): Ways {
  const back = new Map<string, Set<string | null>>();
  for (const nodeId of ways.keys()) back.set(nodeId, new Set());
  for (const [from, targets] of ways)
    for (const to of targets) if (to !== null) back.get(to)?.add(from);
  return back;
}

/** All nodes to which ways lead, and the first ones. */
function reachable(from: readonly string[], ways: Ways): ReadonlySet<string> {
  const reached = new Set(from);
  for (const nodeId of reached)
    for (const to of ways.get(nodeId) ?? []) if (to !== null) reached.add(to);
  return reached;
}
