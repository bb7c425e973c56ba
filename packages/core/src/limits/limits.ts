import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import { numberOf, wholeNumber } from "./read-number.ts";

/**
 * `vars._limits`, the budgets of a run and what it and its children used of them. A null or missing maximum or percentage
 * is the default; a negative maximum is none. A null or missing `budget_…` is none.
 */
export interface Limits extends JsonObject {
  /** Model calls; 25 by default. */
  readonly max_iterations: number | null;
  readonly current_iteration: number;
  /** Size of the context of one model call in tokens; 32,768 by default. */
  readonly max_tokens: number | null;
  /** Of one model call. */
  readonly max_output_tokens: number | null;
  /** How full the context is, as whoever fills it says. */
  readonly estimated_tokens_used: number;
  /** Messages that a prompt may hold; -1: all. */
  readonly max_history_messages: number;
  /** Percentages from which a warning is given; 80 by default. */
  readonly warn_iterations_pct: number | null;
  readonly warn_tokens_pct: number | null;
  /** Input and output tokens together, of all model calls. */
  readonly budget_tokens?: number | null;
  readonly budget_input_tokens?: number | null;
  readonly budget_output_tokens?: number | null;
  /** In the currency in which effects report their cost. */
  readonly budget_cost?: number | null;
  /** Attempts of effects. */
  readonly budget_effects?: number | null;
  /** Milliseconds that attempts of effects take together; time between them does not count. */
  readonly budget_active_ms?: number | null;
  readonly used_input_tokens?: number;
  readonly used_output_tokens?: number;
  readonly used_cost?: number;
  readonly used_effects?: number;
  readonly used_active_ms?: number;
  /** Percentage of a `budget_…` from which a warning is given; 80 by default. */
  readonly warn_budget_pct?: number | null;
  /** Whether a run that has used up its iterations or a budget waits before its next effect until they are raised. */
  readonly enforce?: boolean;
}

export const defaultLimits: Limits = Object.freeze({
  max_iterations: 25,
  current_iteration: 0,
  max_tokens: 32_768,
  max_output_tokens: null,
  estimated_tokens_used: 0,
  max_history_messages: -1,
  warn_iterations_pct: 80,
  warn_tokens_pct: 80,
});

/**
 * A run's limits, whatever its `vars` hold: numbers lose their fraction, texts of digits are numbers, and what is
 * neither is the default. Other keys are left out.
 */
export function readLimits(vars: JsonObject): Limits {
  const raw = isJsonObject(vars["_limits"]) ? vars["_limits"] : {};
  const whole = (key: keyof Limits & string): number | null => wholeNumber(raw[key]);
  return {
    max_iterations: whole("max_iterations") ?? defaultLimits.max_iterations,
    current_iteration: whole("current_iteration") ?? 0,
    max_tokens: whole("max_tokens") ?? defaultLimits.max_tokens,
    max_output_tokens: whole("max_output_tokens"),
    estimated_tokens_used: whole("estimated_tokens_used") ?? 0,
    max_history_messages: whole("max_history_messages") ?? defaultLimits.max_history_messages,
    warn_iterations_pct: numberOf(raw["warn_iterations_pct"]) ?? defaultLimits.warn_iterations_pct,
    warn_tokens_pct: numberOf(raw["warn_tokens_pct"]) ?? defaultLimits.warn_tokens_pct,
  };
}
