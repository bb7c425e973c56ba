import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyJson } from "../../test/arbitrary-json.ts";
import { fromLossless } from "../../test/from-lossless.ts";
import { LosslessNumber, type LosslessObject, parseLossless } from "./lossless-json.ts";

describe("parseLossless", () => {
  it("keeps the text of numbers", () => {
    const texts = ["1.0", "1", "-0.0", "1e+16", "12345678901234567890", "1E5"];
    const read = parseLossless(`[${texts.join(" , ")}]`) as readonly LosslessNumber[];
    expect(read.map((number) => number.text)).toEqual(texts);
    expect(read.map((number) => number.isInteger)).toEqual([
      false,
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it("keeps the order of keys, and the last of equal ones", () => {
    const read = parseLossless('{"10":"a","9":"b","__proto__":"c","10":"d"}') as LosslessObject;
    expect([...read]).toEqual([
      ["10", "d"],
      ["9", "b"],
      ["__proto__", "c"],
    ]);
  });

  it.each([
    "",
    " ",
    "{",
    "[1,]",
    "[1 2]",
    '{"a"}',
    '{"a":1,}',
    "{a:1}",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "NaN",
    "Infinity",
    "nul",
    "tru",
    "truefalse",
    "1 1",
    '"\n"',
    '"\\x"',
    '"\\u12"',
    '"open',
    "'a'",
    "\u00A01",
    "\uFEFF1",
    "{} x",
  ])("refuses %j, as JSON.parse does", (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(() => parseLossless(text)).toThrow(
      expect.objectContaining({ code: "invalid_json_value" }),
    );
  });

  it("says where the text stops being JSON", () => {
    expect(() => parseLossless('{"a": nope}')).toThrow(
      "offset 6: the text is not JSON, expected a value",
    );
  });

  it("refuses text that is nested without end instead of exhausting the stack", () => {
    expect(() => parseLossless("[".repeat(100_000))).toThrow(/at most 2000 levels/);
  });

  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(undefined, 2, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        deepStrictEqual(fromLossless(parseLossless(text)), JSON.parse(text));
      }),
    );
  });
});
