import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import { budgetKeys, usedKeys, type BudgetKey, type UsedKey } from "./budget-keys.ts";

/** The fields of `vars._limits` that have a meaning. */
export type LimitKey =
  | "max_iterations"
  | "current_iteration"
  | "max_tokens"
  | "max_output_tokens"
  | "estimated_tokens_used"
  | "max_history_messages"
  | "warn_iterations_pct"
  | "warn_tokens_pct"
  | "warn_budget_pct"
  | "enforce"
  | BudgetKey
  | UsedKey;

interface Rule {
  readonly accepts: (value: unknown) => boolean;
  readonly nullable: boolean;
  readonly what: string;
}

const maximum: Rule = {
  accepts: Number.isSafeInteger,
  nullable: true,
  what: "a whole number (negative: no limit), or null for the default",
};
const count: Rule = {
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  nullable: false,
  what: "a whole number from 0",
};
const optionalCount: Rule = {
  ...count,
  nullable: true,
  what: "a whole number from 0, or null for none",
};
/** More than this of any currency is a mistake. */
const MAX_COST = 1e12;
const cost: Rule = {
  accepts: (value) => typeof value === "number" && value >= 0 && value <= MAX_COST,
  nullable: false,
  what: "a number from 0 to 10^12",
};
const percentage: Rule = {
  accepts: (value) => Number.isFinite(value) && Number(value) >= 0,
  nullable: true,
  what: "a percentage from 0, or null for the default",
};

const rules: Readonly<Record<LimitKey, Rule>> = {
  max_iterations: maximum,
  current_iteration: count,
  max_tokens: maximum,
  max_output_tokens: optionalCount,
  estimated_tokens_used: count,
  max_history_messages: {
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= -1,
    nullable: false,
    what: "a whole number from 0, or -1 for all",
  },
  warn_iterations_pct: percentage,
  warn_tokens_pct: percentage,
  warn_budget_pct: percentage,
  enforce: {
    accepts: (value) => typeof value === "boolean",
    nullable: false,
    what: "true or false",
  },
  budget_tokens: optionalCount,
  budget_input_tokens: optionalCount,
  budget_output_tokens: optionalCount,
  budget_cost: { ...cost, nullable: true, what: `${cost.what}, or null for none` },
  budget_effects: optionalCount,
  budget_active_ms: optionalCount,
  used_input_tokens: count,
  used_output_tokens: count,
  used_cost: cost,
  used_effects: count,
  used_active_ms: count,
};

/**
 * Refuse what is no value for a field of `_limits`.
 *
 * @param path names the field in the error
 * @throws invalid_argument
 */
export function assertLimit(key: string, value: unknown, path: string): void {
  if (!isLimitKey(key))
    throw refused(path, `there is no such limit; known are ${Object.keys(rules).join(", ")}`);
  const { accepts, nullable, what } = rules[key];
  if (value === null ? nullable : accepts(value)) return;
  throw refused(path, `${describe(value)} is not ${what}`);
}

/** What 0.2.0 did not know; its own fields are kept as they are given, as there. */
const ours: readonly LimitKey[] = ["enforce", "warn_budget_pct", ...budgetKeys, ...usedKeys];

/**
 * Refuse `_limits` of a new run whose budgets can't be read: they would bound nothing.
 *
 * @throws invalid_argument
 */
export function assertBudgets(limits: JsonObject): void {
  for (const key of ours)
    if (Object.hasOwn(limits, key)) assertLimit(key, limits[key], `vars._limits.${key}`);
}

export function refused(path: string, problem: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `${path}: ${problem}`, { details: { path } });
}

function describe(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
}

function isLimitKey(key: string): key is LimitKey {
  return Object.hasOwn(rules, key);
}
