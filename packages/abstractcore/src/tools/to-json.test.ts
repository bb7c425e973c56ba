import { describe, expect, it } from "vitest";
import { toJson } from "./to-json.ts";

class Point {
  readonly x = 1;
  readonly #secret = 2;

  get sum(): number {
    return this.x + this.#secret;
  }
}

class Money {
  toJSON(): unknown {
    return { cents: 500n };
  }
}

describe("toJson", () => {
  it.each<[string, unknown, unknown]>([
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a date that is none", new Date(NaN), null],
    [
      "a map",
      new Map<unknown, unknown>([
        ["a", 1],
        [2, new Set([3])],
      ]),
      { a: 1, "2": [3] },
    ],
    ["a list with holes", [undefined, () => 1, 2], [null, null, 2]],
    ["members without a value", { a: undefined, b: Symbol("b"), c: null }, { c: null }],
    ["bytes", new Uint8Array([1, 2, 3]), { base64: "AQID", size_bytes: 3 }],
    ["a view of bytes", Buffer.from("abc").subarray(1), { base64: "YmM=", size_bytes: 2 }],
    ["an instance", new Point(), { x: 1 }],
    [
      "what says itself what it is",
      [new Money(), new URL("https://a.example")],
      [{ cents: 500 }, "https://a.example/"],
    ],
    ["an error", new TypeError("no"), { name: "TypeError", message: "no" }],
    ["whole numbers", [1n, 2n ** 64n], [1, "18446744073709551616"]],
    ["numbers that are none", [NaN, Infinity, -0.5], [null, null, -0.5]],
    ["nothing", undefined, null],
    ["half of a character", "a\ud800", "a\ufffd"],
  ])("keeps %s", (_what, value, json) => {
    expect(toJson(value)).toEqual(json);
  });

  it("takes the same value twice, but no cycle", () => {
    const shared = { n: 1 };
    expect(toJson({ a: shared, b: [shared] })).toEqual({ a: { n: 1 }, b: [{ n: 1 }] });
    const cycle: unknown[] = [];
    cycle.push({ again: cycle });
    expect(() => toJson(cycle)).toThrowError(
      expect.objectContaining({
        code: "invalid_json_value",
        message: "output[0].again is a cycle",
      }),
    );
  });

  it("refuses what is nested without end", () => {
    const endless = { toJSON: () => ({ toJSON: endless.toJSON }) };
    expect(() => toJson(endless)).toThrowError(/nested deeper/);
  });

  it("keeps a member with a dangerous name as data", () => {
    const json = toJson(JSON.parse('{"__proto__": {"admin": true}}'));
    expect(JSON.stringify(json)).toBe('{"__proto__":{"admin":true}}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
