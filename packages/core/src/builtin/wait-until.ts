import type { JsonObject } from "../json/json-value.ts";
import { formatInstant, isInstant, parseInstant } from "../time/instant.ts";
import { badPayload, isGiven } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import { commonWaitOptions, MAX_WAIT_MS } from "./wait-options.ts";

/** Waits until an instant (`until`), or for a time from now (`after_ms`). Its result is `{ until, ready: true }`. */
export const waitUntilEffect: BuiltIn = {
  type: "wait_until",
  evaluate(payload: JsonObject, { now }: BuiltInContext): BuiltInOutcome {
    const { until, after_ms: afterMs } = payload;
    if (!isGiven(until) && afterMs === undefined) {
      return badPayload("wait_until requires payload.until (ISO timestamp)");
    }
    const at = isGiven(until) ? instantOf(until) : afterNow(afterMs, now);
    if (at === null) {
      return badPayload(
        "wait_until: payload.until must be an instant such as 2026-03-01T09:00:00Z, with its zone",
      );
    }
    if (parseInstant(at) <= now) return { status: "completed", result: timerResult(at) };
    return {
      status: "waiting",
      wait: { ...commonWaitOptions(payload, now), reason: "until", until: at },
    };
  },
};

/** What a timer gives when it is due. */
export function timerResult(until: string): JsonObject {
  return { until, ready: true };
}

function instantOf(until: unknown): string | null {
  return typeof until === "string" && isInstant(until) ? until : null;
}

function afterNow(afterMs: unknown, now: number): string | null {
  return typeof afterMs === "number" && afterMs >= 0 && afterMs <= MAX_WAIT_MS
    ? formatInstant(now + afterMs)
    : null;
}
