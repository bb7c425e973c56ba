import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { asText, badPayload, isGiven } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import { isScoped, scopedKey } from "./scoped-event.ts";
import { commonWaitOptions, timeoutFault } from "./wait-options.ts";

/**
 * Waits for the first event under `wait_key`, under any of `wait_keys`, or by `name` and `scope`. Scoped events may stand
 * among `wait_keys`, too.
 */
export const waitEventEffect: BuiltIn = {
  type: "wait_event",
  evaluate(payload: JsonObject, context: BuiltInContext): BuiltInOutcome {
    const keys = readKeys(payload, context);
    if (typeof keys === "string") return badPayload(keys);
    const fault = timeoutFault(payload);
    if (fault !== null) return badPayload(`wait_event: ${fault}`);
    return {
      status: "waiting",
      wait: { ...commonWaitOptions(payload, context.now), reason: "event", keys },
    };
  },
};

/** What a payload waits for, or what is wrong with it. */
function readKeys(payload: JsonObject, context: BuiltInContext): readonly string[] | string {
  const { wait_key: key, wait_keys: several } = payload;
  const given: readonly JsonValue[] = Array.isArray(several)
    ? several
    : isGiven(key) && key !== undefined
      ? [key]
      : [];
  if (isScoped(payload)) {
    if (given.length > 0)
      return "wait_event: give payload.scope and payload.name, or payload.wait_key, not both";
    return oneOf(scopedKey(payload, "payload", context));
  }
  if (given.length === 0)
    return "wait_event requires payload.wait_key, or payload.name with payload.scope";
  const keys: string[] = [];
  for (const [index, part] of given.entries()) {
    const where = Array.isArray(several) ? `payload.wait_keys[${index}]` : "payload.wait_key";
    const read = isScoped(part) ? oneOf(scopedKey(part, where, context)) : [asText(part)];
    if (typeof read === "string") return read;
    keys.push(...read);
  }
  return keys;
}

function oneOf(read: ReturnType<typeof scopedKey>): readonly string[] | string {
  return "fault" in read ? `wait_event: ${read.fault}` : [read.key];
}
