import { readJoinRequest, type JoinRequest } from "../builtin/start-subworkflows.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Join } from "../join/join.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { RunState } from "../run/run-state.ts";
import { resolvePayload } from "../step/payload.ts";
import { stepKey } from "../step/step-key.ts";
import type { Wait } from "../wait/wait.ts";
import type { JoinPlan } from "./join-plans.ts";
import type { Kernel } from "./kernel.ts";

/**
 * The step that started the children of a wait, and what they are, from the ledger: too large to be kept in the run's state.
 *
 * @throws store_corrupt
 */
export async function readJoinPlan(
  kernel: Kernel,
  run: RunState,
  { waitId, stepId }: Wait,
  join: Join,
): Promise<JoinPlan> {
  const range = { after: join.intentSeq - 1, limit: 1 };
  const [record] = await kernel.store.records(run.runId, range);
  if ((record?.kind === "begun" || record?.kind === "ready") && record.intent !== null) {
    const { intent, ordinal, nodeId } = record;
    const payload = resolvePayload(intent.effect, run.vars);
    const request = requestOf(kernel, { ...run, currentNode: nodeId }, join, payload);
    const idempotencyKey = stepKey(run, ordinal);
    if (request !== undefined) {
      const step = { stepId: stepId ?? record.stepId, idempotencyKey, waitId };
      return { step, request, payload };
    }
  }
  throw new AbstractRuntimeError(
    "store_corrupt",
    `${run.runId}: record ${join.intentSeq} does not say which children the run waits for`,
    { details: { runId: run.runId, seq: join.intentSeq } },
  );
}

function requestOf(
  kernel: Kernel,
  { runId, workflowId, currentNode: nodeId, sessionId }: RunState,
  { joinedBy }: Join,
  payload: JsonObject,
): JoinRequest | undefined {
  if (joinedBy === undefined) {
    const request = readJoinRequest(payload);
    return typeof request === "string" ? undefined : request;
  }
  const context = { runId, workflowId, nodeId, sessionId, now: kernel.clock.now() };
  return kernel.effects.builtIn(joinedBy)?.evaluate(payload, context).children;
}
