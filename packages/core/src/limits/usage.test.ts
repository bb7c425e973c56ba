import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyJson } from "../../test/arbitrary-json.ts";
import { anyUsage } from "../../test/arbitrary-model.ts";
import type { JsonObject } from "../json/json-value.ts";
import { defaultLimits } from "./limits.ts";
import { plus } from "./read-number.ts";
import { spend, usageOf } from "./usage.ts";

describe("spend", () => {
  it("adds to the counters, and leaves the rest and the given vars alone", () => {
    const vars = { a: 1, _limits: { max_iterations: 3, used_cost: 0.1, note: "kept" } };
    const before = structuredClone(vars);
    expect(spend(vars, { cost: 0.2, inputTokens: 5, iterations: 1 })).toEqual({
      a: 1,
      _limits: {
        max_iterations: 3,
        note: "kept",
        used_cost: 0.3,
        used_input_tokens: 5,
        current_iteration: 1,
      },
    });
    expect(vars).toEqual(before);
  });

  it.each([[{}], [{ _limits: null }], [{ _limits: [1] }], [{ _limits: "x" }]])(
    "counts in vars %j, too",
    (vars) => {
      expect(spend(vars, { cost: 1 })["_limits"]).toEqual({ ...defaultLimits, used_cost: 1 });
    },
  );

  it("counts on from nothing where a counter can't be read", () => {
    const vars = { _limits: { used_cost: "lots", used_input_tokens: -5, current_iteration: "7" } };
    expect(spend(vars, { cost: 1, inputTokens: 2, iterations: 1 })["_limits"]).toEqual({
      used_cost: 1,
      used_input_tokens: 2,
      current_iteration: 8,
    });
  });

  it("never throws, and gives back what it was given", () =>
    fc.assert(
      fc.property(anyJson, anyUsage, (limits, usage) => {
        const vars: JsonObject = { _limits: limits };
        const spent = spend(vars, usage);
        expect(spend(spent, {})).toEqual(spent);
        expect(usageOf({ vars: spend({ _limits: {} }, usage) }) ?? {}).toEqual(rounded(usage));
      }),
    ));
});

/** To the digits that are counted. */
function rounded(usage: object): object {
  const amounts = Object.entries(usage).map(([name, amount]) => [name, plus(0, amount)] as const);
  return Object.fromEntries(amounts.filter(([, amount]) => amount > 0));
}

describe("plus", () => {
  it("gives sums of prices that do not depend on their order", () =>
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000_000)), (millionths) => {
        const prices = millionths.map((price) => price / 1e6);
        const sum = (list: readonly number[]): number => list.reduce(plus, 0);
        expect(sum(prices.toReversed())).toBe(sum(prices));
      }),
    ));

  it("stays a number that is counted exactly", () => {
    expect(plus(Number.MAX_SAFE_INTEGER, 5)).toBe(Number.MAX_SAFE_INTEGER);
    expect(plus(0.1, 0.2)).toBe(0.3);
  });
});
