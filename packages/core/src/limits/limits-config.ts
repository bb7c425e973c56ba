import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import { assertLimit, type LimitKey } from "./limit-rules.ts";
import { defaultLimits, type Limits } from "./limits.ts";

/** Defaults of an application for the limits of its runs. What is absent or null is the runtime's default. */
export interface LimitsConfig extends BudgetsConfig {
  readonly warnIterationsPct?: number | null | undefined;
  readonly maxTokens?: number | null | undefined;
  readonly maxOutputTokens?: number | null | undefined;
  readonly warnTokensPct?: number | null | undefined;
  readonly maxHistoryMessages?: number | null | undefined;
  /** 80 by default. */
  readonly warnBudgetPct?: number | null | undefined;
  /** What the model can do; its `maxTokens` counts where the config has none. */
  readonly capabilities?: { readonly maxTokens?: number | null | undefined } | undefined;
}

/** What a run and its children may use together. */
export interface BudgetsConfig {
  /** Model calls. */
  readonly maxIterations?: number | null | undefined;
  /** Input and output tokens of all model calls. */
  readonly budgetTokens?: number | null | undefined;
  readonly budgetInputTokens?: number | null | undefined;
  readonly budgetOutputTokens?: number | null | undefined;
  /** In the currency in which effects report their cost. */
  readonly budgetCost?: number | null | undefined;
  /** Attempts of effects. */
  readonly budgetEffects?: number | null | undefined;
  /** Milliseconds that attempts of effects take together. */
  readonly budgetActiveMs?: number | null | undefined;
  /** Whether what is used up stops the run, in a wait that ends when it is raised; false by default: it only warns. */
  readonly enforce?: boolean | null | undefined;
}

/** What `_limits` holds only if it was asked for. */
export const budgetNames: readonly (readonly [keyof BudgetsConfig, LimitKey])[] = [
  ["budgetTokens", "budget_tokens"],
  ["budgetInputTokens", "budget_input_tokens"],
  ["budgetOutputTokens", "budget_output_tokens"],
  ["budgetCost", "budget_cost"],
  ["budgetEffects", "budget_effects"],
  ["budgetActiveMs", "budget_active_ms"],
  ["enforce", "enforce"],
];

/**
 * The `_limits` with which a run of this configuration starts.
 *
 * @throws invalid_argument a limit is no number, or a budget is negative
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
    ...budgetsFromConfig(config),
    ...given("warn_budget_pct", config.warnBudgetPct, "limits.warnBudgetPct"),
  };
}

function budgetsFromConfig(config: BudgetsConfig): JsonObject {
  const budgets = budgetNames.map(([name, key]) => given(key, config[name], `limits.${name}`));
  return Object.assign({}, ...budgets) as JsonObject;
}

function given(
  key: LimitKey,
  value: number | boolean | null | undefined,
  path: string,
): JsonObject {
  if (value === undefined || value === null) return {};
  assertLimit(key, value, path);
  return { [key]: value };
}

/** What 0.2.0 knew may be any number, as there. */
function assertNumbers(config: LimitsConfig): void {
  const { maxIterations, maxTokens, maxOutputTokens, maxHistoryMessages } = config;
  const { warnIterationsPct, warnTokensPct, capabilities } = config;
  const numbers = {
    maxIterations,
    maxTokens,
    maxOutputTokens,
    maxHistoryMessages,
    warnIterationsPct,
    warnTokensPct,
    "capabilities.maxTokens": capabilities?.maxTokens,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || value === null || Number.isFinite(value)) continue;
    throw new AbstractRuntimeError("invalid_argument", `limits.${name}: ${value} is no number`);
  }
}
