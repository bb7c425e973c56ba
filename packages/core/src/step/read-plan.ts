import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import { setAtPath } from "../json/dotted-path.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Decision } from "./decision.ts";
import { storePayload } from "./payload.ts";
import type { PlannedEffect, PlannedFailure } from "./plan.ts";

interface RawPlan {
  readonly nodeId?: unknown;
  readonly effect?: PlannedEffect | null;
  readonly nextNode?: unknown;
  readonly onErrorNode?: unknown;
  readonly timeoutNode?: unknown;
  readonly completeOutput?: unknown;
  readonly failure?: PlannedFailure | null;
}

/**
 * Check a plan and take it over: what it holds is copied while the handler's draft is still open.
 *
 * @throws invalid_plan, unknown_node, invalid_json_value
 */
export function readPlan(workflow: Workflow, node: string, plan: unknown): Decision {
  if (typeof plan !== "object" || plan === null) {
    throw invalidPlan(
      node,
      `returned ${plan === null ? "null" : typeof plan}: return goto, complete, fail or an effect`,
    );
  }
  const raw = plan as RawPlan;
  if (raw.nodeId !== undefined && raw.nodeId !== null && raw.nodeId !== node) {
    throw invalidPlan(node, `planned in the name of node "${show(raw.nodeId)}": leave nodeId out`);
  }
  const ends = [raw.completeOutput !== undefined, isThere(raw.failure), isThere(raw.effect)].filter(
    Boolean,
  ).length;
  if (ends > 1)
    throw invalidPlan(
      node,
      "planned more than one of an output, a failure and an effect: plan one",
    );
  if (raw.completeOutput !== undefined) {
    return { type: "complete", output: copyJson(raw.completeOutput, "output") };
  }
  if (isThere(raw.failure)) return failure(node, raw.failure);
  const next = nodeOf(workflow, node, raw.nextNode, "nextNode");
  if (isThere(raw.effect)) return effect(workflow, node, raw, raw.effect, next);
  if (next === null)
    throw invalidPlan(node, "returned no effect and no next node: plan one, or complete");
  return { type: "goto", node: next };
}

function effect(
  workflow: Workflow,
  node: string,
  raw: RawPlan,
  planned: PlannedEffect,
  next: string | null,
): Decision {
  const { type, resultKey = null } = planned;
  if (typeof type !== "string" || type === "")
    throw invalidPlan(node, "planned an effect without a type: name it");
  const { payload, refs } = storePayload(planned.payload, "payload");
  const resume = nodeOf(workflow, node, payload["resume_to_node"], "payload.resume_to_node");
  if (next === null && resume === null) {
    throw invalidPlan(node, `planned ${type} but no next node: say where the run goes then`);
  }
  if (resultKey !== null) assertResultKey(resultKey, node);
  const timeout = nodeOf(workflow, node, raw.timeoutNode ?? payload["timeout_node"], "timeoutNode");
  const stored: JsonObject = timeout === null ? payload : { ...payload, timeout_node: timeout };
  return {
    type: "effect",
    effect: { type, payload: stored, resultKey, refs },
    next: next ?? resume,
    onError: nodeOf(workflow, node, raw.onErrorNode, "onErrorNode"),
  };
}

/** A path that can't be written now can't be written when the effect has happened. */
function assertResultKey(resultKey: unknown, node: string): void {
  if (typeof resultKey !== "string")
    throw invalidPlan(node, "planned a resultKey that is no text: give a dotted path");
  setAtPath({}, resultKey, null);
}

function failure(
  node: string,
  { message, code = "failed_by_workflow", details }: PlannedFailure,
): Decision {
  if (typeof message !== "string" || typeof code !== "string")
    throw invalidPlan(node, "planned a failure without a message: give a text, and a code if any");
  const copied =
    details === undefined ? {} : { details: copyJson(details, "failure.details") as JsonObject };
  const error = {
    code,
    message,
    nodeId: node,
    stepId: null,
    attempt: null,
    ...copied,
  };
  return { type: "fail", error };
}

function nodeOf(workflow: Workflow, from: string, target: unknown, where: string): string | null {
  if (target === undefined || target === null || target === "") return null;
  if (typeof target === "string" && workflow.nodes.has(target)) return target;
  const nodes = [...workflow.nodes.keys()].join(", ");
  const message = `node "${from}": ${where}: workflow ${workflow.id} has no node "${show(target)}"; its nodes are ${nodes}`;
  throw new AbstractRuntimeError("unknown_node", message, {
    details: { workflowId: workflow.id, node: show(target) },
  });
}

/** What was given instead of a text, for a message. */
function show(value: unknown): string {
  return typeof value === "string" ? value : typeof value;
}

function isThere<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function invalidPlan(node: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_plan", `node "${node}" ${what}`, {
    details: { nodeId: node },
  });
}
