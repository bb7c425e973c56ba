import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyNumber } from "../../test/arbitrary-json.ts";
import { pythonNumber } from "./python-number.ts";

describe("pythonNumber", () => {
  it.each<[number, string]>([
    [0, "0"],
    [-0, "-0.0"],
    [-7, "-7"],
    [9007199254740991, "9007199254740991"],
    [9007199254740994, "9007199254740994.0"],
    [-9007199254740994, "-9007199254740994.0"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [1.5e16, "1.5e+16"],
    [1e21, "1e+21"],
    [1e100, "1e+100"],
    [0.0001, "0.0001"],
    [0.00012345, "0.00012345"],
    [0.00001, "1e-05"],
    [0.000045, "4.5e-05"],
    [-1.5e-7, "-1.5e-07"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [0.1, "0.1"],
    [-123.456, "-123.456"],
    [1 / 3, "0.3333333333333333"],
  ])("writes %d as Python does", (value, text) => {
    expect(pythonNumber(value)).toBe(text);
  });

  it("writes text that reads back as the same number", () => {
    fc.assert(fc.property(anyNumber, (value) => Object.is(JSON.parse(pythonNumber(value)), value)));
  });
});
