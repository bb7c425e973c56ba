import type { JsonObject, JsonValue, RunState, Wait } from "@abstractruntime/core";
import { encodeRun, encodeWait } from "@abstractruntime/core/store";

const runKeys = [
  "run_id",
  "workflow_id",
  "status",
  "current_node",
  "vars",
  "waiting",
  "output",
  "error",
  "created_at",
  "updated_at",
  "actor_id",
  "session_id",
  "parent_run_id",
] as const;

const waitKeys = [
  "reason",
  "wait_key",
  "until",
  "resume_to_node",
  "result_key",
  "prompt",
  "choices",
  "allow_free_text",
  "details",
] as const;

/** A run in 0.2.0's fields, its times out of sight. */
export function runFields(run: RunState): JsonObject {
  const encoded = encodeRun(run);
  const waiting = run.waiting === null ? null : waitFields(run.waiting);
  const times = { created_at: "<time>", updated_at: "<time>" };
  return { ...pick(encoded, runKeys), waiting, ...times };
}

/** A wait in 0.2.0's fields. */
export function waitFields(wait: Wait): JsonObject {
  return pick(encodeWait(wait), waitKeys);
}

function pick(object: JsonObject, keys: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(keys.map((key) => [key, object[key] ?? null]));
}
