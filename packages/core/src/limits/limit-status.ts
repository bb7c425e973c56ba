import type { JsonObject } from "../json/json-value.ts";
import { readLimits } from "./limits.ts";
import { measure } from "./usage.ts";

export interface LimitStatus {
  readonly iterations: {
    readonly current: number;
    readonly max: number;
    /** Percentage used, rounded to one decimal; may exceed 100. */
    readonly pct: number;
    /** Whether `pct` has reached the percentage from which to warn. */
    readonly warning: boolean;
  };
  readonly tokens: {
    readonly estimatedUsed: number;
    readonly max: number;
    readonly pct: number;
    readonly warning: boolean;
  };
  readonly history: { readonly maxMessages: number };
}

/** How much of its limits a run has used. Total: what can't be read counts as its default. */
export function getLimitStatus(vars: JsonObject): LimitStatus {
  const limits = readLimits(vars);
  const { iterations, tokens } = measure(limits);
  return {
    iterations: {
      current: iterations.current,
      max: iterations.maximum,
      pct: iterations.pct,
      warning: iterations.warning,
    },
    tokens: {
      estimatedUsed: tokens.current,
      max: tokens.maximum,
      pct: tokens.pct,
      warning: tokens.warning,
    },
    history: { maxMessages: limits.max_history_messages },
  };
}
