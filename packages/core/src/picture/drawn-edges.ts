import type { DeclaredEdges } from "./graph-input.ts";
import type { EdgeKind, ObservedEdge, ObservedGraph } from "./observed-graph.ts";

/** An arrow of the picture. `from` null is where runs begin, `to` null where they end. */
export interface DrawnEdge {
  readonly from: string | null;
  readonly to: string | null;
  readonly label: string;
  readonly isDeclared: boolean;
  /** Whether the run that is drawn went along it. */
  readonly isPassed: boolean;
  /** How often: by the run that is drawn, or, without one, by all runs whose records were given. */
  readonly count: number;
}

/** What an arrow says; ends that no plan asked for are not drawn. */
const labels: { readonly [Kind in EdgeKind]: string | null } = {
  start: "",
  goto: "",
  next: "",
  error: "on error",
  timeout: "timeout",
  branch: "branch",
  completed: "",
  failed: null,
};

type Drawn = { -readonly [Key in keyof DrawnEdge]: DrawnEdge[Key] };

/** Declared edges, those that records show, and those that the run took, as one arrow per pair of nodes and label. */
export function drawnEdges(graph: {
  readonly entry: string;
  readonly declared: DeclaredEdges;
  readonly observed: ObservedGraph | null;
  readonly run: ObservedGraph | null;
}): readonly DrawnEdge[] {
  const edges = new DrawnEdges();
  for (const edge of graph.observed?.edges ?? []) edges.add(edge, graph.run === null);
  for (const edge of graph.run?.edges ?? []) {
    const drawn = edges.add(edge, true);
    if (drawn !== null && edge.passed > 0) drawn.isPassed = true;
  }
  edges.declare(null, graph.entry);
  for (const [from, targets] of graph.declared) for (const to of targets) edges.declare(from, to);
  return edges.all();
}

class DrawnEdges {
  /** By from and to, then by label. */
  readonly #pairs = new Map<string, Map<string, Drawn>>();

  add({ from, to, kind, passed }: ObservedEdge, counts: boolean): Drawn | null {
    const label = labels[kind];
    if (label === null) return null;
    const edge = this.#edge(from, to, label);
    if (counts) edge.count += passed;
    return edge;
  }

  /** A declaration is about two nodes, whatever leads from one to the other. */
  declare(from: string | null, to: string | null): void {
    const pair = this.#pair(from, to);
    if (pair.size === 0) this.#edge(from, to, "");
    for (const edge of pair.values()) edge.isDeclared = true;
  }

  all(): readonly DrawnEdge[] {
    return Array.from(this.#pairs.values(), (pair) => [...pair.values()]).flat();
  }

  #pair(from: string | null, to: string | null): Map<string, Drawn> {
    const key = JSON.stringify([from, to]);
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const pair = new Map<string, Drawn>();
    this.#pairs.set(key, pair);
    return pair;
  }

  #edge(from: string | null, to: string | null, label: string): Drawn {
    const pair = this.#pair(from, to);
    const known = pair.get(label);
    if (known !== undefined) return known;
    const edge = { from, to, label, isDeclared: false, isPassed: false, count: 0 };
    pair.set(label, edge);
    return edge;
  }
}
