import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import { budgetKeys, type BoundKey, type BudgetKey } from "./budget-keys.ts";
import { defaultLimits, readLimits, type Limits } from "./limits.ts";
import { amountOf, numberOf, plus } from "./read-number.ts";

/** How much of one limit is used. Status and warnings are both made of it, so that they can't disagree. */
export interface LimitUse {
  readonly current: number;
  /** Negative: none. */
  readonly maximum: number;
  /** Percentage, rounded to one decimal: what people see is what is compared. 0 without a maximum, 100 of a maximum of 0. */
  readonly pct: number;
  readonly warning: boolean;
  readonly exceeded: boolean;
}

/** Of the limits that 0.2.0 knew. */
export interface UseByLimit {
  readonly iterations: LimitUse;
  readonly tokens: LimitUse;
}

/** The use of each limit that has one. */
export function measure(limits: Limits): UseByLimit {
  return {
    iterations: use(
      limits.current_iteration,
      limits.max_iterations ?? Number(defaultLimits.max_iterations),
      limits.warn_iterations_pct ?? Number(defaultLimits.warn_iterations_pct),
    ),
    tokens: use(
      limits.estimated_tokens_used,
      limits.max_tokens ?? Number(defaultLimits.max_tokens),
      limits.warn_tokens_pct ?? Number(defaultLimits.warn_tokens_pct),
    ),
  };
}

/** The use of each budget, also of those that the run does not have. */
export function measureBudgets(
  vars: JsonObject,
): readonly (LimitUse & { readonly limit: BudgetKey })[] {
  const limits = isJsonObject(vars["_limits"]) ? vars["_limits"] : {};
  const warnPct = numberOf(limits["warn_budget_pct"]) ?? DEFAULT_WARN_PCT;
  return budgetKeys.map((limit) => {
    const maximum = numberOf(limits[limit]) ?? -1;
    return { limit, ...use(usedOf(limits, limit), maximum, warnPct) };
  });
}

/** A bound that a run has, and what it used of it. */
export interface Bound {
  readonly limit: BoundKey;
  readonly used: number;
  readonly maximum: number;
}

/** What can be used up: the iterations and the budgets of a run. */
export function boundsOf(vars: JsonObject): readonly Bound[] {
  const { iterations } = measure(readLimits(vars));
  const all = [{ limit: "max_iterations" as const, ...iterations }, ...measureBudgets(vars)];
  return all
    .filter(({ maximum }) => maximum >= 0)
    .map(({ limit, current, maximum }) => ({ limit, used: current, maximum }));
}

const DEFAULT_WARN_PCT = 80;

const counters = {
  budget_input_tokens: "used_input_tokens",
  budget_output_tokens: "used_output_tokens",
  budget_cost: "used_cost",
  budget_effects: "used_effects",
  budget_active_ms: "used_active_ms",
} as const;

function usedOf(limits: JsonObject, limit: BudgetKey): number {
  if (limit !== "budget_tokens") return amountOf(limits[counters[limit]]);
  return plus(amountOf(limits["used_input_tokens"]), amountOf(limits["used_output_tokens"]));
}

function use(current: number, maximum: number, warnPct: number): LimitUse {
  if (maximum < 0) return { current, maximum, pct: 0, warning: false, exceeded: false };
  const pct = maximum === 0 ? 100 : roundToTenth((current / maximum) * 100);
  return {
    current,
    maximum,
    pct,
    warning: (current > 0 || maximum === 0) && pct >= warnPct,
    exceeded: current >= maximum,
  };
}

/** To one decimal as Python's `round(value, 1)`: by the binary value, a true tie (.25, .75) to the even digit. */
function roundToTenth(value: number): number {
  const isTie = Math.abs((value * 4) % 2) === 1;
  if (!isTie) return Number(value.toFixed(1));
  const below = Math.floor(value * 10);
  return (below % 2 === 0 ? below : below + 1) / 10;
}
