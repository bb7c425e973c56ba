import type { WaitOptions } from "../effect/wait-request.ts";
import { isInstant, parseInstant } from "../time/instant.ts";
import type { JsonObject } from "../json/json-value.ts";
import { asText, isGiven } from "./bad-payload.ts";

/** The parts of a payload that every wait understands: `resume_to_node`, and a timeout with its own node. */
export function commonWaitOptions(payload: JsonObject, now: number): WaitOptions {
  const timeoutMs = timeoutOf(payload, now);
  const { resume_to_node: resume, timeout_node: node } = payload;
  return {
    ...(isGiven(resume) && { resumeToNode: asText(resume) }),
    ...(timeoutMs !== null && { timeoutMs }),
    ...(isGiven(node) && { timeoutNode: asText(node) }),
  };
}

/** What is wrong with a payload's timeout, or null. */
export function timeoutFault(payload: JsonObject): string | null {
  const { timeout_ms: ms, timeout_at: at } = payload;
  if (
    ms !== undefined &&
    ms !== null &&
    !(typeof ms === "number" && ms >= 0 && ms <= MAX_WAIT_MS)
  ) {
    return "payload.timeout_ms must be milliseconds, 0 to 100 years";
  }
  if (at !== undefined && at !== null && !isInstant(at)) {
    return "payload.timeout_at must be an instant such as 2026-03-01T09:00:00Z";
  }
  return null;
}

/** A hundred years: beyond it instants stop being four-digit years. */
export const MAX_WAIT_MS: number = 100 * 365.25 * 86_400_000;

function timeoutOf(payload: JsonObject, now: number): number | null {
  const { timeout_ms: ms, timeout_at: at } = payload;
  if (typeof ms === "number") return ms;
  return typeof at === "string" ? Math.max(0, parseInstant(at) - now) : null;
}
