import { MAX_WAIT_MS } from "../builtin/wait-options.ts";
import type { WaitOptions } from "../effect/wait-request.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import { setAtPath } from "../json/dotted-path.ts";
import { parseInstant } from "../time/instant.ts";
import type { WaitReason } from "./wait.ts";

const reasons: readonly unknown[] = [
  "event",
  "until",
  "user",
  "job",
  "subworkflow",
] satisfies WaitReason[];

/**
 * Take over the wait that an effect of the user's asks for: checked and copied, so that it can be stored.
 *
 * @throws invalid_argument, invalid_instant, invalid_json_value, invalid_plan (a reserved key in `resultKey`)
 */
export function readWaitOptions(given: WaitOptions): WaitOptions {
  const options = copyJson({ ...given }, "wait") as WaitOptions;
  const { reason = "job", keys = [], until, timeoutMs, resultKey } = options;
  if (!reasons.includes(reason)) throw invalid(`wait.reason: give one of ${reasons.join(", ")}`);
  if (!Array.isArray(keys) || keys.some((key: unknown) => typeof key !== "string" || key === ""))
    throw invalid("wait.keys: give a list of texts that are not empty");
  if (until !== undefined) parseInstant(until);
  else if (reason === "until") throw invalid("wait.until: a wait of reason until needs an instant");
  if (timeoutMs !== undefined && !(timeoutMs >= 0 && timeoutMs <= MAX_WAIT_MS))
    throw invalid("wait.timeoutMs: give milliseconds, 0 to 100 years");
  if (resultKey !== undefined) setAtPath({}, resultKey, null);
  return options;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
