import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { END } from "../workflow/end.ts";
import type { Edges, Workflow } from "../workflow/workflow.ts";
import { isIterable, observeEdges } from "./observe-edges.ts";
import type { ObservedGraph } from "./observed-graph.ts";

/** What is known of a graph beside its nodes: handlers are functions, and nobody looks into them. */
export interface GraphOptions {
  /** Declared edges, in place of the workflow's own. They change no graph hash. */
  readonly edges?: Edges | undefined;
  /** Records of runs, of which those of this workflow count; or what `observeEdges` made of them. */
  readonly records?: Iterable<LedgerRecord> | ObservedGraph | undefined;
}

/** Declared edges by node, the end among them; a node that is missing has none declared. */
export type DeclaredEdges = ReadonlyMap<string, readonly (string | null)[]>;

/** A workflow, and what is known of its edges. */
export interface KnownGraph {
  readonly workflow: Workflow;
  readonly declared: DeclaredEdges;
  readonly observed: ObservedGraph | null;
}

/** @throws invalid_argument */
export function assertWorkflow(workflow: unknown): asserts workflow is Workflow {
  if (typeof workflow === "object" && workflow !== null && "entry" in workflow) {
    const { nodes } = workflow as Partial<Workflow>;
    if (typeof nodes?.has === "function") return;
  }
  throw invalid("workflow: give what defineWorkflow returned");
}

/** @throws invalid_argument */
export function readDeclared(workflow: Workflow, options: GraphOptions): DeclaredEdges {
  const edges: unknown = options.edges ?? workflow.edges ?? {};
  if (typeof edges !== "object" || edges === null) throw invalid("edges: give targets by node id");
  return new Map(
    Object.entries(edges).map(([from, to]: [string, unknown]) => [from, readTargets(from, to)]),
  );
}

/** A node that leads nowhere ends the run. */
function readTargets(from: string, to: unknown): readonly (string | null)[] {
  if (!Array.isArray(to) || !to.every(isTarget))
    throw invalid(`edges.${from}: give a list of node ids and END`);
  return to.length === 0 ? [END] : [...new Set(to)];
}

function isTarget(to: unknown): to is string | null {
  return to === END || typeof to === "string";
}

/** @throws invalid_argument */
export function readObserved(workflow: Workflow, options: GraphOptions): ObservedGraph | null {
  const { records } = options;
  if (records === undefined) return null;
  if (isIterable(records)) return observeEdges(records, { workflowId: workflow.id });
  if (isObserved(records)) return records;
  throw invalid("records: give ledger records, or the result of `await observeEdges(…)`");
}

function isObserved(value: unknown): value is ObservedGraph {
  if (typeof value !== "object" || value === null) return false;
  const { nodes, edges } = value as Partial<ObservedGraph>;
  return Array.isArray(nodes) && Array.isArray(edges);
}

export function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
