import type { JsonObject } from "../json/json-value.ts";
import { readShare } from "../limits/child-share.ts";
import { asText, badPayload, isGiven } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import { commonWaitOptions, timeoutFault } from "./wait-options.ts";

/** Starts a child run. Waits for its end, or with `async: true` goes on at once. The kernel adds the child's id. */
export const startSubworkflowEffect: BuiltIn = {
  type: "start_subworkflow",
  evaluate(payload: JsonObject, { now }: BuiltInContext): BuiltInOutcome {
    const {
      workflow_id: workflowId,
      vars,
      async: detached,
      actor_id: actorId,
      session_id: sessionId,
    } = payload;
    if (!isGiven(workflowId)) return badPayload("start_subworkflow requires payload.workflow_id");
    const fault = timeoutFault(payload);
    if (fault !== null) return badPayload(`start_subworkflow: ${fault}`);
    if (isGiven(vars) && (typeof vars !== "object" || Array.isArray(vars))) {
      return badPayload("start_subworkflow: payload.vars must be an object");
    }
    const limits = readShare(payload["limits"]);
    if (typeof limits === "string") return badPayload(`start_subworkflow: ${limits}`);
    const child = {
      workflowId: asText(workflowId),
      vars: isGiven(vars) ? (vars as JsonObject) : {},
      awaited: !isGiven(detached),
      ...(limits !== undefined && { limits }),
      ...(typeof actorId === "string" && { actorId }),
      ...(typeof sessionId === "string" && { sessionId }),
    };
    if (!child.awaited) return { status: "completed", result: null, child };
    return {
      status: "waiting",
      wait: { ...commonWaitOptions(payload, now), reason: "subworkflow" },
      child,
    };
  },
};

/** The key under which a child's end is an event for its parent. */
export function subworkflowKey(childId: string): string {
  return `${prefix}${childId}`;
}

/** The child whose end is an event under this key; null for all other keys. */
export function childOfKey(key: string): string | null {
  return key.startsWith(prefix) ? key.slice(prefix.length) : null;
}

const prefix = "subworkflow:";
