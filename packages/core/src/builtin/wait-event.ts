import type { JsonObject } from "../json/json-value.ts";
import { asText, badPayload, isGiven } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import { commonWaitOptions, timeoutFault } from "./wait-options.ts";

/** Waits for the first event under `wait_key`, or under any of `wait_keys`. */
export const waitEventEffect: BuiltIn = {
  type: "wait_event",
  evaluate(payload: JsonObject, { now }: BuiltInContext): BuiltInOutcome {
    const { wait_key: key, wait_keys: keys } = payload;
    const all = Array.isArray(keys) ? keys : isGiven(key) ? [key] : [];
    if (all.length === 0) return badPayload("wait_event requires payload.wait_key");
    const fault = timeoutFault(payload);
    if (fault !== null) return badPayload(`wait_event: ${fault}`);
    return {
      status: "waiting",
      wait: { ...commonWaitOptions(payload, now), reason: "event", keys: all.map(asText) },
    };
  },
};
