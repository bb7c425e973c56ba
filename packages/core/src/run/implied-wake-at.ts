import { parseInstant } from "../time/instant.ts";
import { isEnded, type RunState } from "./run-state.ts";

/**
 * When a free run's state asks for a driver, or null when only a message can move it.
 *
 * @param now the instant (ISO 8601) to be given for "at once"
 * @param unread whether its inbox has messages that no driver has looked at
 */
export function impliedWakeAt(run: RunState, now: string, unread: boolean): string | null {
  if (isEnded(run) || run.paused) return null;
  if (unread) return now;
  if (run.status === "waiting") return earlier(run.waiting.until, run.waiting.timeout?.at ?? null);
  return run.pending?.notBefore ?? now;
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return parseInstant(one) <= parseInstant(other) ? one : other;
}
