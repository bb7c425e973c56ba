import type { LlmDelta } from "../llm/llm-client.ts";
import { isObject } from "../llm/is-object.ts";

/**
 * The `data` of a `progress` event of `watch` while a model answers. It is never stored: the whole text is in the record that
 * ends the step, so a watcher that missed pieces reads it there.
 */
export type LlmProgress = {
  readonly kind: "llm_delta";
  /** Which attempt says so, from 1. What an earlier attempt said is void. */
  readonly attempt: number;
  /** Which answer of the attempt: 0, or 1 for the one that repairs it. What the earlier one said is void. */
  readonly answer: number;
  /** How many UTF-16 units of text came before this piece. A watcher that has fewer has missed some. */
  readonly offset: number;
  readonly delta: LlmDelta;
};

export function isLlmProgress(data: unknown): data is LlmProgress {
  return isObject(data) && data["kind"] === "llm_delta";
}
