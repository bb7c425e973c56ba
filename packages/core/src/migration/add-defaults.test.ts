import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { applyPatch } from "../json/patch.ts";
import { defaultsFor } from "./add-defaults.ts";

function filled(vars: JsonObject, parsed: unknown): JsonObject {
  return applyPatch(vars, defaultsFor(vars, parsed));
}

describe("defaultsFor", () => {
  it("adds what is missing, at any depth and in lists", () => {
    const vars = { a: 1, "x/y~z": { deep: { b: 2 } }, list: [{ n: 1 }, { n: 2, k: 0 }] };
    const parsed = {
      a: 1,
      new: { all: [1] },
      "x/y~z": { deep: { b: 2, c: 3 } },
      list: [
        { n: 1, k: 9 },
        { n: 2, k: 0 },
      ],
    };
    expect(filled(vars, parsed)).toEqual(parsed);
  });

  it("leaves what is there alone, also what the schema does not know or makes something else of", () => {
    const vars = { cents: 100, kept: true, list: [1], text: "1", none: null };
    const parsed = { cents: 10_000, list: [1, 2], text: 1, none: 5 };
    expect(defaultsFor(vars, parsed)).toEqual([]);
  });

  it("adds nothing for what is undefined", () => {
    expect(defaultsFor({}, { a: undefined })).toEqual([]);
  });

  it("refuses what is not JSON, with its path", () => {
    expect(() => defaultsFor({ a: {} }, { a: { "b c": new Date(0) } })).toThrowError(
      expect.objectContaining({
        code: "invalid_json_value",
        message: expect.stringContaining('vars.a["b c"]'),
      }),
    );
  });
});
