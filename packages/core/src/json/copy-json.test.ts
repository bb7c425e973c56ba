import { describe, expect, it } from "vitest";
import { draftVars } from "../step/draft-vars.ts";
import { copyJson } from "./copy-json.ts";
import type { JsonValue } from "./json-value.ts";

class Point {
  x = 1;
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe("copyJson", () => {
  it("copies deeply and shares nothing", () => {
    const value = { a: [1, { b: null }], text: "é😀", flag: false, zero: -0 };
    const copy = copyJson(value, "vars");
    expect(copy).toStrictEqual(value);
    expect(copy).not.toBe(value);
    expect((copy as typeof value).a).not.toBe(value.a);
    expect((copy as typeof value).a[1]).not.toBe(value.a[1]);
  });

  it("leaves out properties that are undefined, as JSON.stringify does", () => {
    expect(copyJson({ a: undefined, b: 1 }, "vars")).toStrictEqual({ b: 1 });
  });

  it("keeps __proto__ as a key of its own", () => {
    const copy = copyJson(JSON.parse('{"__proto__":{"polluted":true}}'), "vars");
    expect(Object.keys(copy as object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
  });

  it("accepts objects without a prototype", () => {
    expect(copyJson(Object.assign(Object.create(null), { a: 1 }), "vars")).toStrictEqual({ a: 1 });
  });

  it("copies one object that stands in two places twice", () => {
    const shared = { a: 1 };
    const copy = copyJson([shared, shared], "vars") as readonly JsonValue[];
    expect(copy).toStrictEqual([{ a: 1 }, { a: 1 }]);
    expect(copy[0]).not.toBe(copy[1]);
  });

  it("reads an accessor once", () => {
    let reads = 0;
    const value = {
      get once() {
        reads += 1;
        return reads;
      },
    };
    expect(copyJson(value, "vars")).toStrictEqual({ once: 1 });
    expect(reads).toBe(1);
  });

  it("copies a draft's present value out of the draft", () => {
    const { draft, finish } = draftVars({ list: [{ n: 1 }], untouched: { deep: [1] } });
    (draft["list"] as JsonValue[]).push({ n: 2 });
    const copy = copyJson(draft, "vars");
    const kept = copyJson(draft["list"], "vars");
    finish();
    expect(copy).toStrictEqual({ list: [{ n: 1 }, { n: 2 }], untouched: { deep: [1] } });
    expect(kept).toStrictEqual([{ n: 1 }, { n: 2 }]);
  });

  it.each<[unknown, string]>([
    [undefined, "vars: undefined is not JSON"],
    [Number.NaN, "vars: NaN is not JSON"],
    [{ a: Number.NEGATIVE_INFINITY }, "vars.a: -Infinity is not JSON"],
    [{ results: [0, 0, 0, { when: new Date(0) }] }, "vars.results[3].when: Date is not JSON"],
    [{ "a b": { c: 1n } }, 'vars["a b"].c: bigint is not JSON'],
    [[new Map()], "vars[0]: Map is not JSON"],
    [[new Set()], "vars[0]: Set is not JSON"],
    [[new Point()], "vars[0]: Point is not JSON"],
    [[new (class extends Array {})()], "vars[0]: an instance of a class is not JSON"],
    [[Object.create(Object.create(null))], "vars[0]: an instance of a class is not JSON"],
    [{ f: () => 1 }, "vars.f: function is not JSON"],
    [{ s: Symbol("s") }, "vars.s: symbol is not JSON"],
    [{ a: { [Symbol("s")]: 1 } }, "vars.a: an object with symbol keys is not JSON"],
    [[1, undefined], "vars[1]: undefined is not JSON"],
    // oxlint-disable-next-line no-sparse-arrays -- the hole is the case
    [{ a: [1, , 2] }, "vars.a[1]: a hole in an array is not JSON"],
    [{ a: ["\uD800"] }, "vars.a[0]: a string with a lone surrogate is not JSON"],
    [{ "\uDC00": 1 }, 'vars["\\udc00"]: a key with a lone surrogate is not JSON'],
    [{ b: new Boolean(true) }, "vars.b: Boolean is not JSON"],
    [{ u: new Uint8Array(2) }, "vars.u: Uint8Array is not JSON"],
  ])("refuses what is not JSON, with its path (%#)", (value, message) => {
    expect(() => copyJson(value, "vars")).toThrow(
      expect.objectContaining({ code: "invalid_json_value", message }),
    );
  });

  it("refuses a cycle where it closes", () => {
    const value: Record<string, unknown> = { a: { b: [] } };
    (value["a"] as { b: unknown[] }).b.push(value["a"]);
    expect(() => copyJson(value, "vars")).toThrow("vars.a.b[0]: a cycle is not JSON");
  });

  it("accepts 512 levels and refuses more", () => {
    expect(copyJson(nested(512), "vars")).toStrictEqual(nested(512));
    expect(() => copyJson(nested(513), "vars")).toThrow(/nested deeper than 512 levels/);
  });

  it("refuses values over the limit before it has copied them whole", () => {
    const tooLarge = expect.objectContaining({ code: "value_too_large" });
    expect(() => copyJson("x".repeat(100), "result", { maxBytes: 50 })).toThrow(tooLarge);
    expect(() =>
      copyJson(
        Array.from({ length: 60 }, () => []),
        "result",
        { maxBytes: 50 },
      ),
    ).toThrow(tooLarge);
    expect(() => copyJson({ ["k".repeat(60)]: 1 }, "result", { maxBytes: 50 })).toThrow(tooLarge);
    expect(copyJson("x".repeat(40), "result", { maxBytes: 50 })).toBe("x".repeat(40));
  });

  it("stops at the size limit where shared objects would multiply without end", () => {
    let value: unknown = "x";
    for (let level = 0; level < 60; level++) value = [value, value];
    expect(() => copyJson(value, "vars", { maxBytes: 10_000 })).toThrow(/larger than 10000 bytes/);
  });
});
