/**
 * What a run and all its children may use together, by the names of the bounds in `vars._limits`. Absent or null: as much
 * as they like.
 */
export const budgetKeys = [
  "budget_tokens",
  "budget_input_tokens",
  "budget_output_tokens",
  "budget_cost",
  "budget_effects",
  "budget_active_ms",
] as const;

export type BudgetKey = (typeof budgetKeys)[number];

/** What was used of the budgets so far, counted by the runtime. Absent: nothing. */
export const usedKeys = [
  "used_input_tokens",
  "used_output_tokens",
  "used_cost",
  "used_effects",
  "used_active_ms",
] as const;

export type UsedKey = (typeof usedKeys)[number];

/** A bound that can be used up, and that a parent may share with its children. */
export type BoundKey = "max_iterations" | BudgetKey;
