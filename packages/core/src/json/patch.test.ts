import { describe, expect, it } from "vitest";
import type { JsonObject } from "./json-value.ts";
import { applyPatch, type Patch } from "./patch.ts";

describe("applyPatch", () => {
  it.each<[string, JsonObject, Patch, JsonObject]>([
    ["adds a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    [
      "replaces a member that is there by add",
      { a: 1 },
      [{ op: "add", path: "/a", value: 2 }],
      { a: 2 },
    ],
    [
      "inserts into a list",
      { l: [1, 3] },
      [{ op: "add", path: "/l/1", value: 2 }],
      { l: [1, 2, 3] },
    ],
    ["appends by index", { l: [1] }, [{ op: "add", path: "/l/1", value: 2 }], { l: [1, 2] }],
    ["appends by -", { l: [1] }, [{ op: "add", path: "/l/-", value: 2 }], { l: [1, 2] }],
    ["removes from a list", { l: [1, 2] }, [{ op: "remove", path: "/l/0" }], { l: [2] }],
    [
      "replaces in a list",
      { l: [{ a: 1 }] },
      [{ op: "replace", path: "/l/0/a", value: 2 }],
      { l: [{ a: 2 }] },
    ],
    ["removes a member", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    [
      "reads escapes",
      { "a/b": { "~1": 1 } },
      [{ op: "replace", path: "/a~1b/~01", value: 2 }],
      { "a/b": { "~1": 2 } },
    ],
    [
      "knows the empty key",
      { "": { "": 1 } },
      [{ op: "replace", path: "//", value: 2 }],
      { "": { "": 2 } },
    ],
    ["replaces the document", { a: 1 }, [{ op: "replace", path: "", value: { b: 1 } }], { b: 1 }],
    [
      "applies operations in order",
      {},
      [
        { op: "add", path: "/a", value: { l: [] } },
        { op: "add", path: "/a/l/-", value: 1 },
        { op: "add", path: "/a/l/-", value: 2 },
        { op: "remove", path: "/a/l/0" },
      ],
      { a: { l: [2] } },
    ],
  ])("%s", (_title, base, patch, result) => {
    const before = structuredClone(base);
    const patchBefore = structuredClone(patch);
    expect(applyPatch(base, patch)).toStrictEqual(result);
    expect(base).toStrictEqual(before);
    expect(patch).toStrictEqual(patchBefore);
  });

  it("shares what it does not touch, and is the base itself when there is nothing to do", () => {
    const base = { a: { x: 1 }, b: { y: 1 } };
    const after = applyPatch(base, [{ op: "replace", path: "/a/x", value: 2 }]);
    expect(after["b"]).toBe(base.b);
    expect(applyPatch(base, [])).toBe(base);
  });

  it("keeps own __proto__ data beside what it changes", () => {
    const base = JSON.parse('{"a":{"__proto__":1,"b":1}}') as JsonObject;
    expect(JSON.stringify(applyPatch(base, [{ op: "replace", path: "/a/b", value: 2 }]))).toBe(
      '{"a":{"__proto__":1,"b":2}}',
    );
  });

  it.each<[string, Patch[number]]>([
    ["a replaced member that is missing", { op: "replace", path: "/x", value: 1 }],
    ["a removed member that is missing", { op: "remove", path: "/toString" }],
    ["an inherited member on the way", { op: "add", path: "/toString/x", value: 1 }],
    ["an index beyond the list", { op: "add", path: "/l/3", value: 1 }],
    ["a replaced index at the list's end", { op: "replace", path: "/l/2", value: 1 }],
    ["a removed index at the list's end", { op: "remove", path: "/l/-" }],
    ["an index with a leading zero", { op: "replace", path: "/l/01", value: 1 }],
    ["a key of a list", { op: "add", path: "/l/length", value: 0 }],
    ["a scalar on the way", { op: "add", path: "/a/b", value: 1 }],
    ["null on the way", { op: "add", path: "/n/b", value: 1 }],
    ["a path without a slash", { op: "add", path: "a", value: 1 }],
    ["a broken escape", { op: "add", path: "/a~2", value: 1 }],
    ["the prototype", { op: "add", path: "/__proto__/polluted", value: 1 }],
    ["the constructor", { op: "add", path: "/constructor", value: 1 }],
    ["the removal of the document", { op: "remove", path: "" }],
    ["a document that is no object", { op: "replace", path: "", value: [] }],
  ])("refuses %s", (_title, operation) => {
    expect(() => applyPatch({ a: 1, n: null, l: [1, 2] }, [operation])).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
