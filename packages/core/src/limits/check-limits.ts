import type { JsonObject } from "../json/json-value.ts";
import type { BudgetKey } from "./budget-keys.ts";
import { readLimits } from "./limits.ts";
import { measure, measureBudgets, type LimitUse } from "./measure.ts";

export interface LimitWarning {
  /** 0.2.0's two, or the name of a budget. `tokens` is the context of one model call. */
  readonly limitType: "iterations" | "tokens" | BudgetKey;
  /** `exceeded`: all of it is used. */
  readonly status: "warning" | "exceeded";
  readonly current: number;
  readonly maximum: number;
  /** As in `getLimitStatus`. */
  readonly pct: number;
}

/** The limits that a run has nearly or wholly used: iterations, tokens, then budgets. */
export function checkLimits(vars: JsonObject): readonly LimitWarning[] {
  const { iterations, tokens } = measure(readLimits(vars));
  return [
    ...warn("iterations", iterations),
    ...warn("tokens", tokens),
    ...measureBudgets(vars).flatMap((use) => warn(use.limit, use)),
  ];
}

/**
 * The limits that are nearer to their end in `after` than in `before`: each once when it begins to warn, and once when all of
 * it is used.
 */
export function crossedLimits(before: JsonObject, after: JsonObject): readonly LimitWarning[] {
  if (before["_limits"] === after["_limits"]) return [];
  const known = new Map(checkLimits(before).map(({ limitType, status }) => [limitType, status]));
  return checkLimits(after).filter(({ limitType, status }) => {
    const was = known.get(limitType);
    return was === undefined || (was === "warning" && status === "exceeded");
  });
}

function warn(
  limitType: LimitWarning["limitType"],
  { current, maximum, pct, warning, exceeded }: LimitUse,
): readonly LimitWarning[] {
  if (!warning && !exceeded) return [];
  return [{ limitType, status: exceeded ? "exceeded" : "warning", current, maximum, pct }];
}
