import { compareCodePoints } from "../json/canonical-json.ts";
import type { Wait } from "../wait/wait.ts";
import type {
  EdgeKind,
  ObservedEdge,
  ObservedGraph,
  ObservedNode,
  ObservedWait,
} from "./observed-graph.ts";

type Counted<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

interface NodeTally extends Counted<Omit<ObservedNode, "waits">> {
  readonly waits: Map<string, Counted<ObservedWait>>;
}

/** Adds up what records show. It grows with the graph, not with the records. */
export class GraphTally {
  readonly #nodes = new Map<string, NodeTally>();
  readonly #edges = new Map<string, Counted<ObservedEdge>>();
  #runs = 0;
  #unplaced = 0;

  addRun(): void {
    this.#runs += 1;
  }

  addUnplaced(): void {
    this.#unplaced += 1;
  }

  /** A run came to a node. */
  visit(nodeId: string): void {
    this.#node(nodeId).visits += 1;
  }

  /** A run went along an edge, and so came to its end. */
  pass(from: string | null, to: string | null, kind: EdgeKind): void {
    this.#edge(from, to, kind).passed += 1;
    if (to !== null) this.visit(to);
  }

  /** A plan names a node that the run may go to. */
  plan(from: string, to: string | null, kind: EdgeKind): void {
    if (to !== null) this.#edge(from, to, kind);
  }

  fail(nodeId: string): void {
    this.#node(nodeId).failures += 1;
  }

  wait(nodeId: string, wait: Wait, runId: string): void {
    const { reason } = wait;
    const ends = wait.until !== null || wait.timeout !== null;
    const { waits } = this.#node(nodeId);
    const key = `${reason} ${ends}`;
    const known = waits.get(key);
    if (known === undefined) waits.set(key, { reason, ends, count: 1, runId });
    else known.count += 1;
  }

  result(): ObservedGraph {
    const nodes = [...this.#nodes.values()]
      .toSorted((one, other) => compareCodePoints(one.nodeId, other.nodeId))
      .map(({ waits, ...node }) => ({
        ...node,
        waits: [...waits].toSorted(byKey).map(([, wait]) => ({ ...wait })),
      }));
    const edges = [...this.#edges].toSorted(byKey).map(([, edge]) => ({ ...edge }));
    return { runs: this.#runs, nodes, edges, unplaced: this.#unplaced };
  }

  #node(nodeId: string): NodeTally {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const node: NodeTally = { nodeId, visits: 0, failures: 0, waits: new Map() };
    this.#nodes.set(nodeId, node);
    return node;
  }

  #edge(from: string | null, to: string | null, kind: EdgeKind): Counted<ObservedEdge> {
    const key = JSON.stringify([from, to, kind]);
    const known = this.#edges.get(key);
    if (known !== undefined) return known;
    const edge = { from, to, kind, passed: 0 };
    this.#edges.set(key, edge);
    return edge;
  }
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return compareCodePoints(one, other);
}
