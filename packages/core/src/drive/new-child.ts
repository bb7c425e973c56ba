import type { ChildRequest } from "../builtin/built-in.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { NewRun } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { childIdOf } from "../step/step-key.ts";
import { createdRecord } from "./created-record.ts";
import { stampRecord } from "../ledger/record-body.ts";
import { beginFold } from "../run/fold-run.ts";
import { instantly } from "../step/transition.ts";
import type { Kernel } from "./kernel.ts";
import { startVars } from "./start-vars.ts";

/**
 * The child that the run's pending step starts: its id is made of the step, so that starting it twice finds it.
 *
 * @throws workflow_not_registered, recursion_limit, schema_mismatch, invalid_json_value
 */
export async function newChild(
  kernel: Kernel,
  parent: RunState,
  request: ChildRequest,
): Promise<NewRun> {
  const { pending } = parent;
  if (pending === null) throw new Error("a child is started by a pending step");
  const workflow = kernel.workflows.get(request.workflowId);
  if (workflow === undefined) {
    throw new AbstractRuntimeError(
      "workflow_not_registered",
      `Workflow '${request.workflowId}' not found in registry`,
    );
  }
  const depth = parent.depth + 1;
  if (depth > kernel.maxDepth) {
    const message = `run ${parent.runId} has ${parent.depth} ancestors; more than ${kernel.maxDepth} are not allowed`;
    throw new AbstractRuntimeError(
      "recursion_limit",
      `${message}: look for a workflow that starts itself`,
    );
  }
  const vars: JsonObject = await startVars(workflow, request.vars, kernel.limits);
  const now = kernel.clock.now();
  const runId = childIdOf(pending.idempotencyKey, 0);
  const link = {
    runId: parent.runId,
    stepId: pending.stepId,
    waitId: request.awaited ? pending.waitId : null,
  };
  const body = createdRecord({
    workflow,
    vars,
    nonce: kernel.ids.token(),
    parentRunId: parent.runId,
    parent: link,
    depth,
    now,
  });
  const identity = {
    runId,
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
