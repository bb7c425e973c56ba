import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";

/**
 * `vars._limits`, the budgets of a run and what it used of them. A null or missing maximum or percentage is the
 * default; a negative maximum is none.
 */
export interface Limits extends JsonObject {
  /** Model calls; 25 by default. */
  readonly max_iterations: number | null;
  readonly current_iteration: number;
  /** Size of the context in tokens; 32,768 by default. */
  readonly max_tokens: number | null;
  readonly max_output_tokens: number | null;
  readonly estimated_tokens_used: number;
  /** Messages that a prompt may hold; -1: all. */
  readonly max_history_messages: number;
  /** Percentages from which a warning is given; 80 by default. */
  readonly warn_iterations_pct: number | null;
  readonly warn_tokens_pct: number | null;
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

/** Defaults of an application for the limits of its runs. What is absent or null is the runtime's default. */
export interface LimitsConfig {
  readonly maxIterations?: number | null | undefined;
  readonly warnIterationsPct?: number | null | undefined;
  readonly maxTokens?: number | null | undefined;
  readonly maxOutputTokens?: number | null | undefined;
  readonly warnTokensPct?: number | null | undefined;
  readonly maxHistoryMessages?: number | null | undefined;
  /** What the model can do; its `maxTokens` counts where the config has none. */
  readonly capabilities?: { readonly maxTokens?: number | null | undefined } | undefined;
}

/**
 * The `_limits` with which a run of this configuration starts.
 *
 * @throws invalid_argument a limit is no number
 */
export function limitsFromConfig(config: LimitsConfig = {}): Limits {
  assertNumbers(config);
  const { max_tokens, max_iterations, max_history_messages } = defaultLimits;
  return {
    max_iterations: config.maxIterations ?? max_iterations,
    current_iteration: 0,
    max_tokens: config.maxTokens ?? config.capabilities?.maxTokens ?? max_tokens,
    max_output_tokens: config.maxOutputTokens ?? null,
    estimated_tokens_used: 0,
    max_history_messages: config.maxHistoryMessages ?? max_history_messages,
    warn_iterations_pct: config.warnIterationsPct ?? defaultLimits.warn_iterations_pct,
    warn_tokens_pct: config.warnTokensPct ?? defaultLimits.warn_tokens_pct,
  };
}

function assertNumbers({ capabilities, ...numbers }: LimitsConfig): void {
  const given = { ...numbers, "capabilities.maxTokens": capabilities?.maxTokens };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || Number.isFinite(value)) continue;
    throw new AbstractRuntimeError("invalid_argument", `limits.${name}: ${value} is no number`);
  }
}

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

function wholeNumber(value: JsonValue | undefined): number | null {
  const number = numberOf(value);
  return number === null ? null : Math.trunc(number);
}

function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : null;
}
