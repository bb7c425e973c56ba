import type { Workflow } from "../workflow/workflow.ts";
import { drawnEdges } from "./drawn-edges.ts";
import { drawnNodes } from "./drawn-nodes.ts";
import {
  assertWorkflow,
  invalid,
  readDeclared,
  readObserved,
  type GraphOptions,
} from "./graph-input.ts";
import { keepFitting } from "./keep-fitting.ts";
import { edgeLines, nodeLine, type EdgeLine, type NodeLine } from "./mermaid-lines.ts";
import { classLines, type NodeClass } from "./mermaid-styles.ts";
import { observeRun, type PicturedRun } from "./run-marks.ts";

const directions = ["TB", "TD", "BT", "LR", "RL"] as const;

export interface MermaidOptions extends GraphOptions {
  /** A run to draw on the graph: its path, where it stands, what it waits for, how it ended. */
  readonly run?: PicturedRun | undefined;
  /** Where arrows go: from top to bottom (`TD`, the default), from left to right (`LR`) and so on. */
  readonly direction?: (typeof directions)[number] | undefined;
  /** Mermaid's own limits where the picture is shown, if they are not its default ones: 500 edges, 50,000 characters. */
  readonly maxEdges?: number | undefined;
  readonly maxTextSize?: number | undefined;
}

/** What the head, the styles and the note on what was left out take of the text, at most. */
const FRAME_SIZE = 2_000;
/** What a node takes where styles name it, at most. */
const MENTION_SIZE = 20;

/**
 * A workflow as the text of a Mermaid flowchart. The same input always gives the same text.
 *
 * An arrow is solid where an edge is declared, dotted where only records show it, and thick where the run went. A node of
 * which no edge is declared and no record speaks stands alone: nobody looks into handlers. What exceeds Mermaid's limits is
 * left out, what the run did not touch first, and a note says how much.
 *
 * @throws invalid_argument a run of another workflow, records of another run, or options of a wrong form
 */
export function toMermaid(workflow: Workflow, options: MermaidOptions = {}): string {
  assertWorkflow(workflow);
  const { direction, maxEdges, maxTextSize } = readPage(options);
  const { state, path } = readRun(workflow, options.run);
  const edges = drawnEdges({
    entry: workflow.entry,
    declared: readDeclared(workflow, options),
    observed: readObserved(workflow, options),
    run: path,
  });
  const nodes = drawnNodes(workflow, edges, state, path).map(nodeLine);
  const half = (maxTextSize - FRAME_SIZE) / 2;
  const shown = keepFitting(nodes, rankOf, nodeSize, { size: half, count: Infinity });
  const arrows = keepFitting(edgeLines(edges, shown), rankOfEdge, edgeSize, {
    size: half,
    count: maxEdges,
  });
  const ends = arrows.some(({ to }) => to === "stop");
  return [
    `flowchart ${direction}`,
    '  start((" "))',
    ...shown.map(({ text }) => text),
    ...(ends ? ['  stop(((" ")))'] : []),
    ...arrows.map(({ text }) => text),
    ...leftOut(nodes.length - shown.length, edges.length - arrows.length),
    ...classLines(membersOf(shown, ends)),
    "",
  ].join("\n");
}

function readPage(options: MermaidOptions): Required<{
  readonly [Key in "direction" | "maxEdges" | "maxTextSize"]: NonNullable<MermaidOptions[Key]>;
}> {
  const { direction = "TD", maxEdges = 500, maxTextSize = 50_000 } = options;
  if (!directions.includes(direction))
    throw invalid(`direction: give one of ${directions.join(", ")}`);
  if (!(Number.isInteger(maxEdges) && maxEdges >= 1))
    throw invalid("maxEdges: give an integer from 1 on");
  if (!(Number.isInteger(maxTextSize) && maxTextSize >= 2 * FRAME_SIZE))
    throw invalid(`maxTextSize: give an integer from ${2 * FRAME_SIZE} on`);
  return { direction, maxEdges, maxTextSize };
}

function readRun(
  workflow: Workflow,
  run: PicturedRun | undefined,
): { readonly state: PicturedRun["state"] | null; readonly path: ReturnType<typeof observeRun> } {
  if (run === undefined) return { state: null, path: null };
  if (typeof run?.state?.workflowId !== "string") throw invalid("run: give { state, records }");
  if (run.state.workflowId === workflow.id) return { state: run.state, path: observeRun(run) };
  throw invalid(`run: it is of workflow ${run.state.workflowId}, not of ${workflow.id}`);
}

function leftOut(nodes: number, edges: number): readonly string[] {
  return nodes + edges === 0 ? [] : [`  more["${nodes} nodes and ${edges} edges are not shown"]`];
}

function membersOf(
  nodes: readonly NodeLine[],
  ends: boolean,
): ReadonlyMap<NodeClass, readonly string[]> {
  const members = new Map<NodeClass, string[]>([
    ["terminal", ends ? ["start", "stop"] : ["start"]],
  ]);
  const add = (to: NodeClass, name: string): void => {
    const names = members.get(to);
    if (names === undefined) members.set(to, [name]);
    else names.push(name);
  };
  for (const { name, mark, isUnknown } of nodes) {
    if (mark !== null) add(mark, name);
    if (isUnknown) add("unknown", name);
  }
  return members;
}

/** The entry and where the run stands are kept first, then where it was. */
function rankOf({ isEntry, mark }: NodeLine): number {
  if (isEntry || (mark !== null && mark !== "passed" && mark !== "retried")) return 0;
  return mark === null ? 2 : 1;
}

function nodeSize({ text }: NodeLine): number {
  return text.length + 1 + MENTION_SIZE;
}

function rankOfEdge({ isPassed }: EdgeLine): number {
  return isPassed ? 0 : 1;
}

function edgeSize({ text }: EdgeLine): number {
  return text.length + 1;
}
