import { isObject } from "../llm/is-object.ts";

/** Tokens of one model call. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * The tokens in a result's `usage`, by any of the names that servers give them; where only a total is known, it counts as input.
 * What is no whole number from 0 is nothing.
 */
export function tokenUsage(usage: unknown): TokenUsage {
  if (!isObject(usage)) return { inputTokens: 0, outputTokens: 0 };
  const inputTokens = first(usage["prompt_tokens"], usage["input_tokens"], usage["inputTokens"]);
  const outputTokens = first(
    usage["completion_tokens"],
    usage["output_tokens"],
    usage["outputTokens"],
  );
  const total = first(usage["total_tokens"], usage["totalTokens"]);
  if (inputTokens === null && outputTokens === null)
    return { inputTokens: total ?? 0, outputTokens: 0 };
  return { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
}

function first(...values: readonly unknown[]): number | null {
  const count = values.find((value) => Number.isSafeInteger(value) && Number(value) >= 0);
  return count === undefined ? null : Number(count);
}
