import { usageIn } from "../limits/usage.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { failedOutcome, type Outcome } from "./outcome.ts";

/**
 * The outcome, or a final failure where it is a wait that leads to a node which the graph does not have: once the wait is
 * stored, its end could only fail the run.
 */
export function checkedOutcome(workflow: Workflow, outcome: Outcome): Outcome {
  if (outcome.status !== "waiting") return outcome;
  const { resumeToNode, timeoutNode } = outcome.wait;
  const fault = Object.entries({ resumeToNode, timeoutNode }).find(
    ([, node]) => node !== undefined && !workflow.nodes.has(node),
  );
  if (fault === undefined) return outcome;
  const [name, node] = fault;
  const nodes = [...workflow.nodes.keys()].join(", ");
  const message = `wait.${name}: workflow ${workflow.id} has no node "${String(node)}"; its nodes are ${nodes}`;
  const failed = failedOutcome("unknown_node", message, { final: true, certain: false });
  return { ...failed, ...usageIn(outcome) };
}
