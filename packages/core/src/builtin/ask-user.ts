import type { JsonObject } from "../json/json-value.ts";
import { asText, badPayload, isGiven } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import { commonWaitOptions, timeoutFault } from "./wait-options.ts";

/** Asks a person. `choices` and `allow_free_text` are enforced when the answer comes. */
export const askUserEffect: BuiltIn = {
  type: "ask_user",
  evaluate(payload: JsonObject, context: BuiltInContext): BuiltInOutcome {
    const { prompt, choices, allow_free_text: freeText, wait_key: key, details } = payload;
    if (!isGiven(prompt)) return badPayload("ask_user requires payload.prompt");
    const fault = timeoutFault(payload);
    if (fault !== null) return badPayload(`ask_user: ${fault}`);
    return {
      status: "waiting",
      wait: {
        ...commonWaitOptions(payload, context.now),
        reason: "user",
        keys: [isGiven(key) ? asText(key) : `user:${context.runId}:${context.nodeId}`],
        prompt: asText(prompt),
        ...(Array.isArray(choices) && { choices }),
        allowFreeText: freeText === undefined || isGiven(freeText),
        ...(isObject(details) && { details }),
      },
    };
  },
};

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
