import type { ChildRequest } from "../builtin/built-in.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import { stampRecord } from "../ledger/record-body.ts";
import type { NewRun } from "../ports/durable-store.ts";
import { granted } from "../limits/grant.ts";
import { beginFold } from "../run/fold-run.ts";
import type { ParentLink, RunState } from "../run/run-state.ts";
import { childIdOf, joinChildIdOf } from "../step/step-key.ts";
import { instantly } from "../step/transition.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { createdRecord } from "./created-record.ts";
import type { Kernel } from "./kernel.ts";
import { branchVars, startVars } from "./start-vars.ts";

/** The step that starts children. Their ids are made of its key, so that a repeated start finds them. */
export interface StartingStep {
  readonly stepId: string;
  readonly idempotencyKey: string;
  /** Name of the wait for them. */
  readonly waitId: string;
}

/**
 * A child that a step of the run starts.
 *
 * @throws workflow_not_registered, unknown_node, recursion_limit, schema_mismatch, invalid_json_value
 */
export async function newChild(
  kernel: Kernel,
  parent: RunState,
  step: StartingStep,
  request: ChildRequest,
): Promise<NewRun> {
  const { workflow, node, vars: own } = await checkChild(kernel, parent, request);
  const { vars, grant } = granted(own, parent.vars, request.limits);
  const now = kernel.clock.now();
  const body = createdRecord({
    workflow,
    node,
    vars,
    nonce: kernel.ids.token(),
    parentRunId: parent.runId,
    parent: { ...linkOf(parent, step, request), ...(grant !== null && { grant }) },
    depth: parent.depth + 1,
    now,
  });
  const identity = {
    runId: childRunId(step.idempotencyKey, request.index ?? null),
    actorId: request.actorId ?? parent.actorId,
    sessionId: request.sessionId ?? parent.sessionId,
  };
  const commitId = kernel.ids.token();
  const record = { ...stampRecord(body, identity, { seq: 1, revision: 1, commitId }), last: true };
  const { startedAt: wakeAt } = instantly(now);
  return {
    run: beginFold(record),
    commitId,
    records: [record],
    lease: null,
    wakeAt,
    children: [],
    messages: [],
  };
}

/** The id of the child that a step starts alone (`index` null), or as one of several. */
export function childRunId(idempotencyKey: string, index: number | null): string {
  return index === null ? childIdOf(idempotencyKey, 0) : joinChildIdOf(idempotencyKey, index);
}

/**
 * What the child begins with, once it is clear that it can.
 *
 * @throws as `newChild`
 */
export async function checkChild(
  kernel: Kernel,
  parent: RunState,
  request: ChildRequest,
): Promise<{ readonly workflow: Workflow; readonly node: string; readonly vars: JsonObject }> {
  assertDepth(kernel, parent);
  if (request.node === undefined) {
    const workflow = registered(kernel, request.workflowId ?? "");
    const vars = await startVars(workflow, request.vars, kernel.limits);
    return { workflow, node: workflow.entry, vars };
  }
  const workflow = registered(kernel, parent.workflowId, parent.graphHash);
  if (workflow.nodes.has(request.node))
    return { workflow, node: request.node, vars: branchVars(request.vars, kernel.limits) };
  const nodes = [...workflow.nodes.keys()].join(", ");
  throw new AbstractRuntimeError(
    "unknown_node",
    `branches: workflow ${workflow.id} has no node "${request.node}"; its nodes are ${nodes}`,
    { details: { workflowId: workflow.id, node: request.node } },
  );
}

function linkOf(parent: RunState, step: StartingStep, request: ChildRequest): ParentLink {
  return {
    runId: parent.runId,
    stepId: step.stepId,
    waitId: request.awaited ? step.waitId : null,
    index: request.index ?? null,
    branch: request.node !== undefined,
  };
}

function registered(kernel: Kernel, workflowId: string, graphHash?: string | null): Workflow {
  const workflow = kernel.workflows.get(workflowId, graphHash);
  if (workflow !== undefined) return workflow;
  throw new AbstractRuntimeError(
    "workflow_not_registered",
    `Workflow '${workflowId}' not found in registry`,
  );
}

function assertDepth(kernel: Kernel, parent: RunState): void {
  if (parent.depth < kernel.maxDepth) return;
  const message = `run ${parent.runId} has ${parent.depth} ancestors; more than ${kernel.maxDepth} are not allowed`;
  throw new AbstractRuntimeError(
    "recursion_limit",
    `${message}: look for a workflow that starts itself`,
  );
}
