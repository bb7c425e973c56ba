import { describe, expect, it } from "vitest";
import { readFixture } from "../../test/fixture.ts";
import { getAtPath, replacedParent, setAtPath } from "./dotted-path.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";

interface Case {
  readonly vars: JsonObject;
  readonly key: string;
  readonly value: JsonValue;
  readonly result: JsonObject;
}

const { cases } = JSON.parse(readFixture("set-nested.json")) as { readonly cases: readonly Case[] };

describe("setAtPath", () => {
  it.each(cases)("sets $key as 0.2.0 does", ({ vars, key, value, result }) => {
    expect(setAtPath(vars, key, value)).toStrictEqual(result);
  });

  it.each<[JsonObject, string, JsonObject]>([
    [{}, "a.b.c", { a: { b: { c: 1 } } }],
    [{ a: 5 }, "a.b", { a: { b: 1 } }],
    [{ a: [1] }, "a.0", { a: { "0": 1 } }],
    [{ a: "text" }, "a.b", { a: { b: 1 } }],
    [{}, "..", { "": { "": { "": 1 } } }],
    [{}, "", { "": 1 }],
    [{ _limits: { max: 1 } }, "_limits", { _limits: 1 }],
    [{}, "toString.a", { toString: { a: 1 } }],
  ])("replaces parents that are no objects (%j, %s)", (vars, key, result) => {
    expect(setAtPath(vars, key, 1)).toStrictEqual(result);
  });

  it("leaves the given vars alone and shares what the path does not touch", () => {
    const vars = { a: { b: 1, keep: {} }, other: {} };
    const after = setAtPath(vars, "a.b", 2);
    expect(vars).toStrictEqual({ a: { b: 1, keep: {} }, other: {} });
    expect(after["other"]).toBe(vars.other);
    expect((after["a"] as JsonObject)["keep"]).toBe(vars.a.keep);
  });

  it.each(["__proto__", "a.__proto__.b", "constructor.prototype.x", "a.prototype"])(
    "refuses the path %s",
    (path) => {
      const refused = expect.objectContaining({ code: "invalid_plan" });
      expect(() => setAtPath({}, path, 1)).toThrow(refused);
      expect(() => replacedParent({}, path)).toThrow(refused);
    },
  );
});

describe("getAtPath", () => {
  const vars = { a: { b: [1], n: null }, "": { "": 1 } };

  it.each<[string, JsonValue | undefined]>([
    ["a.b", [1]],
    ["a.n", null],
    [".", 1],
    ["a.missing", undefined],
    ["a.b.0", undefined],
    ["a.n.x", undefined],
    ["toString", undefined],
    ["a.__proto__", undefined],
  ])("reads %s", (path, value) => {
    expect(getAtPath(vars, path)).toStrictEqual(value);
  });
});

describe("replacedParent", () => {
  const vars = { list: [1], text: "x", none: null, deep: { n: 1 } };

  it.each(["new", "new.deep.er", "none.a", "deep.m.x", "deep.n", "list", "text"])(
    "finds none for %s",
    (path) => {
      expect(replacedParent(vars, path)).toBe(undefined);
    },
  );

  it.each([
    ["list.a", "list"],
    ["text.a.b", "text"],
    ["deep.n.x", "deep.n"],
  ])("finds what writing to %s would destroy (0.2.0 D48)", (path, parent) => {
    expect(replacedParent(vars, path)).toBe(parent);
  });
});
