import type { BuiltInWait } from "../effect/wait-request.ts";
import type { Pending } from "../run/pending.ts";
import { formatInstant } from "../time/instant.ts";
import type { Wait } from "./wait.ts";

/**
 * The wait that a step leads to.
 *
 * @param options as `readWaitOptions` or a built-in effect checked them
 * @param now milliseconds since 1970, from which a timeout counts
 */
export function makeWait(pending: Pending, options: BuiltInWait, now: number): Wait {
  const { keys = [], timeoutMs, timeoutNode = null } = options;
  return {
    waitId: pending.waitId,
    stepId: pending.stepId,
    reason: options.reason ?? "job",
    waitKey: keys[0] ?? options.shownKey ?? null,
    waitKeys: [...keys],
    until: options.until ?? null,
    resumeToNode: options.resumeToNode ?? pending.next,
    onErrorNode: pending.onError,
    resultKey: options.resultKey ?? pending.effect.resultKey,
    prompt: options.prompt ?? null,
    choices: options.choices ?? null,
    allowFreeText: options.allowFreeText ?? true,
    details: options.details ?? null,
    timeout:
      timeoutMs === undefined ? null : { at: formatInstant(now + timeoutMs), node: timeoutNode },
    gate: null,
    join: options.join ?? null,
    any: options.any ?? false,
  };
}
