import type { JsonObject } from "../json/json-value.ts";
import { readLimits } from "./limits.ts";
import type { BudgetKey } from "./budget-keys.ts";
import { isEnforced } from "./exhausted.ts";
import { measure, measureBudgets } from "./measure.ts";

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
  /** What the run and its children that ended used, whether it has a budget for it or not. */
  readonly budgets: { readonly [Budget in BudgetKey]: BudgetStatus };
  /** Whether the run waits once its iterations or a budget are used up. */
  readonly enforced: boolean;
}

export interface BudgetStatus {
  readonly used: number;
  /** Null: none. */
  readonly max: number | null;
  readonly pct: number;
  readonly warning: boolean;
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
    budgets: budgetStatus(vars),
    enforced: isEnforced(vars),
  };
}

function budgetStatus(vars: JsonObject): LimitStatus["budgets"] {
  const entries = measureBudgets(vars).map(({ limit, current, maximum, pct, warning }) => {
    const status = { used: current, max: maximum < 0 ? null : maximum, pct, warning };
    return [limit, status] as const;
  });
  return Object.fromEntries(entries) as LimitStatus["budgets"]; // one for each key
}
