import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { WaitOptions } from "../effect/wait-request.ts";
import type { Pending } from "../run/pending.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { formatInstant, parseInstant } from "../time/instant.ts";
import type { Wait } from "./wait.ts";

/**
 * The wait that a step leads to.
 *
 * @param now milliseconds since 1970, from which a timeout counts
 * @throws invalid_argument, invalid_json_value, invalid_instant what a custom effect asked for makes no wait
 */
export function makeWait(pending: Pending, options: WaitOptions, now: number): Wait {
  const { reason = "job", keys = [], until = null, timeoutMs, timeoutNode = null } = options;
  if (until !== null) parseInstant(until);
  if (reason === "until" && until === null)
    throw invalid("a wait of reason until needs an instant: give `until`");
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) throw invalid("timeoutMs must not be negative");
  return {
    waitId: pending.waitId,
    stepId: pending.stepId,
    reason,
    waitKey: keys[0] ?? options.shownKey ?? null,
    waitKeys: [...keys],
    until,
    resumeToNode: options.resumeToNode ?? pending.next,
    onErrorNode: pending.onError,
    resultKey: options.resultKey ?? pending.effect.resultKey,
    prompt: options.prompt ?? null,
    choices:
      options.choices === undefined
        ? null
        : (copyJson(options.choices, "choices") as readonly JsonValue[]),
    allowFreeText: options.allowFreeText ?? true,
    details:
      options.details === undefined ? null : (copyJson(options.details, "details") as JsonObject),
    timeout:
      timeoutMs === undefined ? null : { at: formatInstant(now + timeoutMs), node: timeoutNode },
    gate: null,
  };
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
