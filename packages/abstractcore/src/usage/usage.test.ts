import { describe, expect, it } from "vitest";
import { costOf } from "./price-table.ts";
import { tokenUsage } from "./token-usage.ts";

describe("tokenUsage", () => {
  it.each<[unknown, number, number]>([
    [{ prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }, 3, 5],
    [{ input_tokens: 3, output_tokens: 5 }, 3, 5],
    [{ inputTokens: 3, outputTokens: 5 }, 3, 5],
    [{ prompt_tokens: 3 }, 3, 0],
    [{ total_tokens: 8 }, 8, 0],
    [{ prompt_tokens: -1, completion_tokens: "5", total_tokens: 1.5 }, 0, 0],
    [{}, 0, 0],
    [null, 0, 0],
    ["8", 0, 0],
  ])("reads %j", (usage, inputTokens, outputTokens) => {
    expect(tokenUsage(usage)).toEqual({ inputTokens, outputTokens });
  });
});

describe("costOf", () => {
  const prices = {
    large: { inputPerMillion: 2, outputPerMillion: 10 },
    "large-2026-01-31": { inputPerMillion: 1, outputPerMillion: 1 },
    toString: { inputPerMillion: 1, outputPerMillion: 1 },
  };
  const million = { inputTokens: 1_000_000, outputTokens: 100_000 };

  it.each([
    ["large", 3],
    ["large-2025-06-30", 3],
    ["large-20250630", 3],
    ["large-2026-01-31", 1.1],
    ["large-mini", 0],
    ["valueOf", 0],
    [null, 0],
  ])("of %s", (model, cost) => {
    expect(costOf(prices, model, million)).toBeCloseTo(cost, 12);
  });

  it("is nothing without prices", () => {
    expect(costOf(undefined, "large", million)).toBe(0);
  });
});
