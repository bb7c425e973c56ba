import type { EffectContext, JsonObject } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";

/**
 * The trace metadata of a call, extended with who asks. What the run is goes before what the payload says; the payload stays as
 * it is, for it is the step's intent.
 */
export function traceMetadata(
  given: unknown,
  context: Pick<EffectContext, "runId" | "actorId" | "sessionId" | "parentRunId">,
): JsonObject {
  const own = {
    run_id: context.runId,
    actor_id: context.actorId,
    session_id: context.sessionId,
    parent_run_id: context.parentRunId,
  };
  const known = Object.entries(own).filter(([, value]) => value !== null && value !== "");
  return { ...(isObject(given) ? given : {}), ...Object.fromEntries(known) };
}
