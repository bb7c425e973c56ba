import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { RunState } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { notRegistered, type WorkflowRegistry } from "../workflow/workflow-registry.ts";

/**
 * The graph that may drive a run: the one it was started with. Runs of 0.2.0 know no graph; any with their id will do.
 *
 * @throws workflow_not_registered, workflow_changed
 */
export function resolveWorkflow(workflows: WorkflowRegistry, run: RunState): Workflow {
  const workflow = workflows.get(run.workflowId, run.graphHash);
  if (workflow !== undefined) return workflow;
  const current = workflows.get(run.workflowId);
  if (current === undefined) throw notRegistered(run.workflowId);
  const started = `version ${run.workflowVersion}, graph ${run.graphHash}`;
  const registered = `version ${current.version}, graph ${current.graphHash}`;
  throw new AbstractRuntimeError(
    "workflow_changed",
    `run ${run.runId} was started by ${started} of workflow ${run.workflowId}, and only ${registered} is registered: ` +
      "register the old version beside it",
    { details: { runId: run.runId, workflowId: run.workflowId, graphHash: run.graphHash } },
  );
}
