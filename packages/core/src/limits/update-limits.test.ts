import { describe, expect, it } from "vitest";
import { applyPatch } from "../json/patch.ts";
import { limitChanges, parseLimitUpdates } from "./update-limits.ts";

describe("limitChanges", () => {
  it("changes what is new and leaves the rest", () => {
    const vars = { context: {}, _limits: { max_iterations: 25, current_iteration: 3 } };
    const changes = limitChanges(vars, { max_iterations: 50, max_tokens: 9, current_iteration: 3 });
    expect(applyPatch(vars, changes)).toEqual({
      context: {},
      _limits: { max_iterations: 50, current_iteration: 3, max_tokens: 9 },
    });
    expect(changes).toHaveLength(2);
  });

  it.each([[{}], [{ _limits: null }], [{ _limits: [] }]])(
    "gives vars %j all limits, with the new ones",
    (vars) => {
      const changed = applyPatch(vars, limitChanges(vars, { max_iterations: 7 }));
      expect(changed["_limits"]).toMatchObject({ max_iterations: 7, max_tokens: 32_768 });
    },
  );

  it("changes nothing where nothing is new", () => {
    expect(limitChanges({ _limits: { max_tokens: 5 } }, { max_tokens: 5 })).toEqual([]);
  });
});

describe("parseLimitUpdates", () => {
  it.each([
    ["limits", ["lots"]],
    ["limits", null],
    ["limits.max_iteration", { max_iteration: 5 }],
    ["limits.max_iterations", { max_iterations: "lots" }],
    ["limits.max_iterations", { max_iterations: 2.5 }],
    ["limits.max_tokens", { max_tokens: Number.NaN }],
    ["limits.max_tokens", { max_tokens: 2 ** 60 }],
    ["limits.max_output_tokens", { max_output_tokens: -1 }],
    ["limits.current_iteration", { current_iteration: -1 }],
    ["limits.current_iteration", { current_iteration: null }],
    ["limits.estimated_tokens_used", { estimated_tokens_used: true }],
    ["limits.max_history_messages", { max_history_messages: -2 }],
    ["limits.warn_iterations_pct", { warn_iterations_pct: -1 }],
    ["limits.warn_tokens_pct", { warn_tokens_pct: Infinity }],
    ["limits.warn_tokens_pct", { warn_tokens_pct: undefined }],
    ["limits.toString", { toString: 1 }],
  ])("refuses bad %s with its path (0.2.0 D49)", (path, updates) => {
    expect(() => parseLimitUpdates(updates)).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: { path } }),
    );
  });

  it.each([
    [{ max_iterations: 0 }],
    [{ max_iterations: -1 }],
    [{ max_iterations: null, max_tokens: null, max_output_tokens: null }],
    [{ warn_iterations_pct: 79.5, warn_tokens_pct: null }],
    [{ max_history_messages: -1, current_iteration: 0, estimated_tokens_used: 12 }],
    [{}],
  ])("accepts %j", (updates) => {
    expect(parseLimitUpdates(updates)).toEqual(updates);
  });
});
