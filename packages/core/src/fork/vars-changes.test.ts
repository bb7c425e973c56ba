import { describe, expect, it } from "vitest";
import { applyPatch } from "../json/patch.ts";
import { varsChanges } from "./vars-changes.ts";

const vars = { a: { b: 1, c: [1, 2] }, text: "t", nothing: null };

describe("varsChanges", () => {
  it("is nothing where nothing is given", async () => {
    expect(await varsChanges(null, vars, undefined)).toEqual([]);
    expect(await varsChanges(null, vars, {})).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, unknown]>([
    ["a value of its own", { text: "new" }, [{ op: "replace", path: "/text", value: "new" }]],
    ["a new name", { more: [1] }, [{ op: "add", path: "/more", value: [1] }]],
    ["a place inside", { "a.b": 2 }, [{ op: "replace", path: "/a/b", value: 2 }]],
    ["a new place inside", { "a.d": 2 }, [{ op: "add", path: "/a/d", value: 2 }]],
    [
      "parents that are missing",
      { "x.y.z": 1 },
      [{ op: "add", path: "/x", value: { y: { z: 1 } } }],
    ],
    [
      "a parent that is null, a text or a list",
      { "nothing.x": 1, "text.x": 1, "a.c.0": 1 },
      [
        { op: "replace", path: "/nothing", value: { x: 1 } },
        { op: "replace", path: "/text", value: { x: 1 } },
        { op: "replace", path: "/a/c", value: { "0": 1 } },
      ],
    ],
    [
      "one place inside of another",
      { a: { e: 1 }, "a.f": 2 },
      [
        { op: "replace", path: "/a", value: { e: 1 } },
        { op: "add", path: "/a/f", value: 2 },
      ],
    ],
    [
      "keys that pointers escape",
      { "a/b~c.d": 1 },
      [{ op: "add", path: "/a~1b~0c", value: { d: 1 } }],
    ],
    ["what is undefined not at all", { text: undefined }, []],
  ])("sets %s", async (_what, given, expected) => {
    const changes = await varsChanges(null, vars, given);
    expect(changes).toEqual(expected);
    expect(() => applyPatch(vars, changes)).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ["a list", [], "invalid_json_value"],
    ["null", null, "invalid_json_value"],
    ["a Date inside", { "a.b": new Date(0) }, "invalid_json_value"],
    ["a path to a prototype", { "a.constructor.x": 1 }, "invalid_argument"],
    ["a budget that is none", { "_limits.budget_tokens": "many" }, "invalid_argument"],
  ])("refuses %s", async (_what, given, code) => {
    await expect(varsChanges(null, vars, given)).rejects.toMatchObject({ code });
  });

  it("asks the schema about all vars, without the runtime's own names where it does not know them", async () => {
    const asked: unknown[] = [];
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) => {
          asked.push(value);
          const isKnown = Object.keys(value as object).every((key) => key === "n");
          return isKnown ? { value: { n: 7 } } : { issues: [{ message: "unknown" }] };
        },
      },
    };
    const changes = await varsChanges(schema, { n: 1, _limits: {} }, { n: "7" });
    expect(changes).toEqual([{ op: "replace", path: "/n", value: 7 }]);
    expect(asked).toEqual([{ n: "7", _limits: {} }, { n: "7" }]);
  });
});
