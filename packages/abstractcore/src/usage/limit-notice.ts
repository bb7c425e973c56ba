import { checkLimits, type JsonObject, type LimitWarning } from "@abstractruntime/core";

const words: Readonly<Record<LimitWarning["limitType"], string>> = {
  iterations: "model calls",
  tokens: "tokens of the context",
  budget_tokens: "tokens",
  budget_input_tokens: "input tokens",
  budget_output_tokens: "output tokens",
  budget_cost: "the cost allowed",
  budget_effects: "effects",
  budget_active_ms: "milliseconds of work",
};

/**
 * What a model should know of the limits that its run has nearly or wholly used, for its system prompt; null if there are none.
 *
 * @example
 * llmCall({ systemPrompt: [instructions, limitNotice(run.vars)].filter(Boolean).join("\n\n"), … });
 */
export function limitNotice(vars: JsonObject): string | null {
  const used = checkLimits(vars).map(
    ({ limitType, current, maximum }) => `${current} of ${maximum} ${words[limitType]}`,
  );
  if (used.length === 0) return null;
  return `This run has used ${used.join(", ")}. Come to an end with what you have.`;
}
