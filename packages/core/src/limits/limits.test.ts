import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { checkLimits } from "./check-limits.ts";
import { getLimitStatus } from "./limit-status.ts";
import { limitsFromConfig } from "./limits-config.ts";

interface LimitCase {
  readonly _limits: JsonObject;
  readonly status: {
    readonly iterations: JsonObject;
    readonly tokens: JsonObject;
    readonly history: JsonObject;
    readonly throws?: string;
  };
  readonly warnings: readonly (readonly [string, string, number, number, number])[];
}

interface ConfigCase {
  readonly config: Readonly<Record<string, number>>;
  readonly with_capabilities: { readonly max_tokens: number } | null;
  readonly limits: JsonObject;
}

const fixture = new URL("../../../../fixtures/python-0.2.0/limits.json", import.meta.url);
const { cases, config_to_limits: configCases } = JSON.parse(readFileSync(fixture, "utf8")) as {
  readonly cases: readonly LimitCase[];
  readonly config_to_limits: readonly ConfigCase[];
};

/** Rows in which 0.2.0's two functions disagree about the warning (0.2.0 D49). */
const isContradiction = ({ status, _limits }: LimitCase): boolean =>
  status.throws !== undefined || _limits["current_iteration"] === 7996;

const statusOf = (limits: JsonObject) => {
  const { iterations, tokens, history } = getLimitStatus({ _limits: limits });
  const { estimatedUsed, ...rest } = tokens;
  return {
    iterations,
    tokens: { estimated_used: estimatedUsed, ...rest },
    history: { max_messages: history.maxMessages },
  };
};
const warningsOf = (limits: JsonObject) =>
  checkLimits({ _limits: limits }).map((warning) => Object.values(warning));

describe("limits", () => {
  const parity = cases.filter((row) => !isContradiction(row));

  it.each(parity)("reads $_limits as 0.2.0 does", ({ _limits, status, warnings }) => {
    expect(statusOf(_limits)).toEqual(status);
    expect(warningsOf(_limits)).toEqual(warnings);
  });

  it("covers all sample rows", () => {
    expect(parity).toHaveLength(cases.length - 2);
  });

  it("warns in both functions from the percentage that is shown (0.2.0 D49)", () => {
    const limits = { current_iteration: 7996, max_iterations: 10_000 };
    expect(statusOf(limits).iterations).toEqual({
      current: 7996,
      max: 10_000,
      pct: 80,
      warning: true,
    });
    expect(warningsOf(limits)).toEqual([["iterations", "warning", 7996, 10_000, 80]]);
  });

  it("takes a null percentage for the default in both functions (0.2.0 D49)", () => {
    const limits = { current_iteration: 20, warn_iterations_pct: null };
    expect(statusOf(limits).iterations.warning).toBe(true);
    expect(warningsOf(limits)).toEqual([["iterations", "warning", 20, 25, 80]]);
  });

  it("warns of any use from a percentage of 0, in both functions (0.2.0 D49)", () => {
    const limits = { current_iteration: 1, warn_iterations_pct: 0, warn_tokens_pct: 0 };
    expect(statusOf(limits).iterations.warning).toBe(true);
    expect(statusOf(limits).tokens.warning).toBe(false);
    expect(warningsOf(limits)).toEqual([["iterations", "warning", 1, 25, 4]]);
  });

  it("takes a maximum of 0 for 0, not for the default (0.2.0 D49)", () => {
    const limits = { max_iterations: 0 };
    expect(statusOf(limits).iterations).toEqual({ current: 0, max: 0, pct: 100, warning: true });
    expect(warningsOf(limits)).toEqual([["iterations", "exceeded", 0, 0, 100]]);
  });

  it("reads texts of digits, cuts fractions, and takes what is no number for the default (0.2.0 D49)", () => {
    const limits = { current_iteration: "7", max_iterations: 14.9, max_tokens: "lots" };
    expect(statusOf(limits).iterations).toMatchObject({ current: 7, max: 14, pct: 50 });
    expect(statusOf(limits).tokens.max).toBe(32_768);
  });

  it.each([[{}], [{ _limits: null }], [{ _limits: [1] }], [{ _limits: "x" }]])(
    "gives the defaults for vars %j",
    (vars) => {
      expect(getLimitStatus(vars)).toEqual(getLimitStatus({ _limits: {} }));
      expect(checkLimits(vars)).toEqual([]);
    },
  );

  it.each([
    [1, 400, 0.2],
    [3, 400, 0.8],
    [5, 400, 1.2],
    [7, 400, 1.8],
    [1, 3, 33.3],
    [2, 3, 66.7],
    [350, 100, 350],
  ])("rounds %d of %d to %d percent, true ties to the even digit", (current, max, pct) => {
    const limits = { current_iteration: current, max_iterations: max };
    expect(statusOf(limits).iterations.pct).toBe(pct);
  });
});

describe("limitsFromConfig", () => {
  it.each(configCases)("makes 0.2.0's limits of $config", (row) => {
    const { config } = row;
    const limits = limitsFromConfig({
      maxIterations: config["max_iterations"],
      warnIterationsPct: config["warn_iterations_pct"],
      maxTokens: config["max_tokens"],
      maxOutputTokens: config["max_output_tokens"],
      warnTokensPct: config["warn_tokens_pct"],
      maxHistoryMessages: config["max_history_messages"],
      capabilities: { maxTokens: row.with_capabilities?.max_tokens },
    });
    expect(limits).toEqual(row.limits);
    expect(Object.keys(limits)).toEqual(Object.keys(row.limits));
  });

  it("takes the model's context size where the config has none", () => {
    expect(limitsFromConfig({ capabilities: { maxTokens: 8192 } }).max_tokens).toBe(8192);
    expect(limitsFromConfig().max_tokens).toBe(32_768);
  });
});
