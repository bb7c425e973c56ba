import type { Workflow } from "../workflow/workflow.ts";
import { checkEdges } from "./check-edges.ts";
import { checkRecords } from "./check-records.ts";
import { checkWays } from "./check-ways.ts";
import type { Finding } from "./finding.ts";
import { assertWorkflow, readDeclared, readObserved, type GraphOptions } from "./graph-input.ts";

/**
 * Look at a workflow's graph for what is seldom meant: nodes that nothing leads to, circles without an end, waits without a
 * timeout, edges that lead nowhere or were passed undeclared. An empty list says that nothing was found, and that
 * all nodes declare their edges.
 *
 * Handlers are functions, and nobody looks into them. What is known of a graph is what is declared and what records show,
 * and every finding follows from these alone: nothing is said of a node behind one without declared edges, nor of waits
 * without records. Declared edges are taken at their word.
 *
 * @returns findings by node, in the order of the workflow
 * @throws invalid_argument options of a wrong form
 */
export function checkWorkflow(workflow: Workflow, options: GraphOptions = {}): readonly Finding[] {
  assertWorkflow(workflow);
  const declared = readDeclared(workflow, options);
  const observed = readObserved(workflow, options);
  const known = { workflow, declared, observed };
  const findings = [...checkEdges(known), ...checkWays(known), ...checkRecords(known)];
  const places = new Map([...workflow.nodes.keys()].map((nodeId, at) => [nodeId, at]));
  const placeOf = ({ nodeId }: Finding): number =>
    nodeId === null ? -1 : (places.get(nodeId) ?? places.size);
  return findings.toSorted((one, other) => placeOf(one) - placeOf(other));
}
