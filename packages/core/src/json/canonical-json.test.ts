import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyJson } from "../../test/arbitrary-json.ts";
import { canonicalJson, compareCodePoints } from "./canonical-json.ts";
import { parseLossless } from "./lossless-json.ts";

describe("canonicalJson", () => {
  it("sorts keys by code point, whatever objects do with them", () => {
    const text = '{"\u{1F600}":1,"\uE000":2,"10":3,"9":4,"__proto__":5,"b":6,"B":7,"":8}';
    const sorted = '{"":8,"10":3,"9":4,"B":7,"__proto__":5,"b":6,"\uE000":2,"\u{1F600}":1}';
    expect(canonicalJson(JSON.parse(text))).toBe(sorted);
    expect(canonicalJson(parseLossless(text))).toBe(sorted);
  });

  it("writes no spaces, and numbers as Python does", () => {
    expect(canonicalJson({ b: [1, 1.5, -0, 1e16, null, true, false, {}, []], a: "x" })).toBe(
      '{"a":"x","b":[1,1.5,-0.0,1e+16,null,true,false,{},[]]}',
    );
  });

  it("keeps the text of numbers that were read without loss", () => {
    const text = '{"big":123456789012345678901234567890,"e":1e5,"f":1.0,"neg":-0,"z":-0.0}';
    expect(canonicalJson(parseLossless(text))).toBe(
      '{"big":123456789012345678901234567890,"e":100000.0,"f":1.0,"neg":0,"z":-0.0}',
    );
  });

  it("escapes controls, quote and backslash only, as Python does without ensure_ascii", () => {
    const text = '\u0000\u0001\b\t\n\u000B\f\r\u001F"\\/\u007Fé\u2028😀';
    expect(canonicalJson(text)).toBe(
      '"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\u007Fé\u2028😀"',
    );
  });

  it("escapes everything outside space to ~ on demand, in keys too", () => {
    expect(canonicalJson({ é: "\u007F😀~" }, { ascii: true })).toBe(
      '{"\\u00e9":"\\u007f\\ud83d\\ude00~"}',
    );
  });

  it("says the same of a value and of its text, and reads back as the value", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = canonicalJson(value);
        deepStrictEqual(JSON.parse(text), value);
        expect(canonicalJson(parseLossless(text))).toBe(text);
        deepStrictEqual(JSON.parse(canonicalJson(value, { ascii: true })), value);
      }),
    );
  });
});

describe("compareCodePoints", () => {
  it("orders as UTF-8 bytes do", () => {
    const text = fc.string({ unit: "binary", maxLength: 4 });
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareCodePoints(left, right))).toBe(
          Buffer.compare(Buffer.from(left), Buffer.from(right)),
        );
      }),
    );
  });
});
