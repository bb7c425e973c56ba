import type { DrawnEdge } from "./drawn-edges.ts";
import type { DrawnNode } from "./drawn-nodes.ts";

/** A node's line of the text. Its name there is ours: node ids may be anything, names may not. */
export interface NodeLine extends DrawnNode {
  readonly name: string;
  readonly text: string;
}

/** An arrow's line of the text. */
export interface EdgeLine {
  readonly isPassed: boolean;
  /** The name of the node that it leads to; `stop` where runs end. */
  readonly to: string;
  readonly text: string;
}

/** The entry is round at its ends. */
export function nodeLine(node: DrawnNode, index: number): NodeLine {
  const name = `n${index}`;
  const text = node.isEntry ? `  ${name}(["${node.label}"])` : `  ${name}["${node.label}"]`;
  return { ...node, name, text };
}

/** Lines for the arrows between these nodes, in the order of the nodes. */
export function edgeLines(
  edges: readonly DrawnEdge[],
  nodes: readonly NodeLine[],
): readonly EdgeLine[] {
  const places = new Map(nodes.map(({ nodeId, name }, at) => [nodeId, { at, name }]));
  return edges
    .flatMap((edge) => {
      const from = edge.from === null ? { at: -1, name: "start" } : places.get(edge.from);
      const to = edge.to === null ? { at: nodes.length, name: "stop" } : places.get(edge.to);
      return from === undefined || to === undefined ? [] : [{ edge, from, to }];
    })
    .toSorted((one, other) => one.from.at - other.from.at || one.to.at - other.to.at)
    .map(({ edge, from, to }) => {
      const text = `  ${from.name} ${arrowOf(edge)}${labelOf(edge)} ${to.name}`;
      return { isPassed: edge.isPassed, to: to.name, text };
    });
}

function arrowOf({ isPassed, isDeclared }: DrawnEdge): string {
  if (isPassed) return "==>";
  return isDeclared ? "-->" : "-.->";
}

function labelOf({ label, count }: DrawnEdge): string {
  const said = [...(label === "" ? [] : [label]), ...(count > 1 ? [`${count}×`] : [])];
  return said.length === 0 ? "" : `|"${said.join(", ")}"|`;
}
