import { describe, expect, it } from "vitest";
import { defaultLimits } from "../limits/limits.ts";
import { clearTemp, ensureNamespaces, getLimits } from "./namespaces.ts";

describe("ensureNamespaces", () => {
  it("makes an object of every namespace that is none, and keeps the rest", () => {
    const vars = { topic: "x", context: { a: 1 }, scratchpad: [1], _runtime: null };
    expect(ensureNamespaces(vars)).toEqual({
      topic: "x",
      context: { a: 1 },
      scratchpad: {},
      _runtime: {},
      _temp: {},
    });
    expect(vars).toEqual({ topic: "x", context: { a: 1 }, scratchpad: [1], _runtime: null });
  });

  it("gives back the same vars when there is nothing to do", () => {
    const vars = ensureNamespaces({});
    expect(ensureNamespaces(vars)).toBe(vars);
  });
});

describe("clearTemp", () => {
  it("empties _temp and nothing else", () => {
    const vars = { a: 1, _temp: { b: 2 } };
    expect(clearTemp(vars)).toEqual({ a: 1, _temp: {} });
    expect(vars).toEqual({ a: 1, _temp: { b: 2 } });
  });

  it.each([[{}], [{ _temp: 5 }]])("makes an empty _temp for vars %j", (vars) => {
    expect(clearTemp(vars)).toEqual({ _temp: {} });
  });

  it("gives back the same vars when _temp is empty", () => {
    const vars = { _temp: {} };
    expect(clearTemp(vars)).toBe(vars);
  });
});

describe("getLimits", () => {
  it("gives the run's limits as they are", () => {
    expect(getLimits({ _limits: { max_iterations: 3 } })).toEqual({ max_iterations: 3 });
  });

  it.each([[{}], [{ _limits: null }], [{ _limits: [1] }]])(
    "gives the defaults for vars %j",
    (vars) => {
      expect(getLimits(vars)).toEqual(defaultLimits);
    },
  );
});
