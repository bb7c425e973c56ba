import { describe, expect, it } from "vitest";
import { checkLimits, crossedLimits } from "./check-limits.ts";
import { exhausted, exhaustedAfter } from "./exhausted.ts";
import { limitsFromConfig } from "./limits-config.ts";
import { getLimitStatus } from "./limit-status.ts";
import { defaultLimits } from "./limits.ts";
import { parseLimitUpdates } from "./update-limits.ts";

const limits = {
  budget_tokens: 100,
  used_input_tokens: 50,
  used_output_tokens: 25,
  budget_cost: 2,
  used_cost: 2.5,
  budget_effects: null,
  used_effects: 3,
};
const vars = { _limits: limits };

describe("getLimitStatus", () => {
  it("tells of each budget, and of what is used where there is none", () => {
    const { budgets, enforced } = getLimitStatus({ _limits: { ...limits, enforce: true } });
    expect(budgets).toEqual({
      budget_tokens: { used: 75, max: 100, pct: 75, warning: false },
      budget_input_tokens: { used: 50, max: null, pct: 0, warning: false },
      budget_output_tokens: { used: 25, max: null, pct: 0, warning: false },
      budget_cost: { used: 2.5, max: 2, pct: 125, warning: true },
      budget_effects: { used: 3, max: null, pct: 0, warning: false },
      budget_active_ms: { used: 0, max: null, pct: 0, warning: false },
    });
    expect(enforced).toBe(true);
  });

  it.each([[{}], [{ _limits: null }], [{ _limits: { budget_cost: "lots", enforce: "yes" } }]])(
    "reads vars %j as without budgets",
    (unbounded) => {
      const { budgets, enforced } = getLimitStatus(unbounded);
      expect(Object.values(budgets).map(({ max }) => max)).toEqual(Array(6).fill(null));
      expect(enforced).toBe(false);
    },
  );
});

describe("checkLimits", () => {
  it("warns of budgets from the percentage that was set", () => {
    const kinds = (given: object) =>
      checkLimits({ _limits: { ...limits, ...given } }).map(({ limitType, status }) => [
        limitType,
        status,
      ]);
    expect(kinds({})).toEqual([["budget_cost", "exceeded"]]);
    expect(kinds({ warn_budget_pct: 75 })).toEqual([
      ["budget_tokens", "warning"],
      ["budget_cost", "exceeded"],
    ]);
    expect(kinds({ budget_cost: 0, used_cost: 0 })).toEqual([["budget_cost", "exceeded"]]);
  });
});

describe("crossedLimits", () => {
  it("tells what is nearer to its end than before", () => {
    const after = { _limits: { ...limits, used_input_tokens: 60, current_iteration: 25 } };
    expect(crossedLimits(vars, after).map(({ limitType }) => limitType)).toEqual([
      "iterations",
      "budget_tokens",
    ]);
    expect(crossedLimits(after, { _limits: { ...after["_limits"] } })).toEqual([]);
    expect(crossedLimits(after, vars)).toEqual([]);
  });
});

describe("exhausted", () => {
  it("is nothing unless limits are enforced", () => {
    expect(exhausted(vars)).toEqual([]);
    expect(exhausted({ _limits: { ...limits, enforce: true } })).toEqual([
      { limit: "budget_cost", used: 2.5, maximum: 2 },
    ]);
    expect(
      exhausted({ _limits: { max_iterations: -1, current_iteration: 9, enforce: true } }),
    ).toEqual([]);
  });

  it("knows what handlers changed", () => {
    const enforced = { op: "add", path: "/_limits/enforce", value: true } as const;
    expect(exhaustedAfter(vars, [enforced])).toHaveLength(1);
    expect(exhaustedAfter(vars, [{ ...enforced, path: "/other" }])).toEqual([]);
    const whole = {
      op: "replace",
      path: "",
      value: { _limits: { ...limits, enforce: true } },
    } as const;
    expect(exhaustedAfter(vars, [whole])).toHaveLength(1);
  });
});

describe("configuration", () => {
  it("adds nothing to _limits that was not asked for", () => {
    expect(limitsFromConfig({ budgetCost: null, enforce: undefined })).toEqual(defaultLimits);
  });

  it("names budgets as _limits does", () => {
    const config = {
      budgetTokens: 1,
      budgetInputTokens: 2,
      budgetOutputTokens: 3,
      budgetCost: 4.5,
      budgetEffects: 5,
      budgetActiveMs: 6,
      warnBudgetPct: 7,
      enforce: true,
    };
    expect(limitsFromConfig(config)).toEqual({
      ...defaultLimits,
      budget_tokens: 1,
      budget_input_tokens: 2,
      budget_output_tokens: 3,
      budget_cost: 4.5,
      budget_effects: 5,
      budget_active_ms: 6,
      warn_budget_pct: 7,
      enforce: true,
    });
  });

  it.each([
    [{ budget_cost: 0.5, used_cost: 0.25, enforce: true, warn_budget_pct: null }],
    [{ budget_tokens: 0, budget_effects: null, used_effects: 0, enforce: false }],
  ])("may be changed to %j", (updates) => {
    expect(parseLimitUpdates(updates)).toEqual(updates);
  });
});
