import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyJsonObject } from "../../test/arbitrary-json.ts";
import type { JsonObject } from "../json/json-value.ts";
import { applyPatch } from "../json/patch.ts";
import { diffJson } from "./diff-json.ts";

describe("diffJson", () => {
  it("says what came, went and changed, with what was there before", () => {
    const from = { kept: { deep: [1] }, gone: { x: 1 }, a: { b: { "c/d~e": 1 }, same: "s" }, t: 1 };
    const to = { a: { b: { "c/d~e": 2 }, same: "s" }, kept: { deep: [1] }, new: null, t: [1] };
    expect(diffJson(from, to)).toEqual([
      { op: "remove", path: "/gone", old: { x: 1 } },
      { op: "replace", path: "/a/b/c~1d~0e", value: 2, old: 1 },
      { op: "add", path: "/new", value: null },
      { op: "replace", path: "/t", value: [1], old: 1 },
    ]);
  });

  it.each<[string, readonly unknown[], readonly unknown[], readonly unknown[]]>([
    [
      "that grew",
      [1, 2],
      [1, 2, 3, 4],
      [
        ["add", "/l/2", 4],
        ["add", "/l/2", 3],
      ],
    ],
    ["that got a new head", [1, 2], [0, 1, 2], [["add", "/l/0", 0]]],
    [
      "with something in the middle",
      [1, 4],
      [1, 2, 3, 4],
      [
        ["add", "/l/1", 3],
        ["add", "/l/1", 2],
      ],
    ],
    [
      "that shrank",
      [1, 2, 3, 4],
      [1, 4],
      [
        ["remove", "/l/1", 2],
        ["remove", "/l/1", 3],
      ],
    ],
    [
      "with an item that changed inside",
      [{ a: 1 }, { b: 2 }],
      [{ a: 1 }, { b: 3 }],
      [["replace", "/l/1/b", 3]],
    ],
    ["of equal items", [{ a: [1] }], [{ a: [1] }], []],
  ])("of a list %s says no more than that", (_what, from, to, expected) => {
    const changes = diffJson({ l: from } as JsonObject, { l: to } as JsonObject);
    expect(
      changes.map((change) => [
        change.op,
        change.path,
        "value" in change ? change.value : change.old,
      ]),
    ).toEqual(expected);
  });

  it("does not look at what both share", () => {
    const shared = new Proxy<JsonObject>(
      {},
      {
        ownKeys: () => {
          throw new Error("looked at");
        },
      },
    );
    expect(diffJson({ shared, n: 1 }, { shared, n: 2 })).toHaveLength(1);
  });

  /** Documents that often have something in common. */
  const anyPair = fc.tuple(anyJsonObject, anyJsonObject, anyJsonObject).map(
    ([a, b, c]) =>
      [
        { a, both: c, list: [a, c, b] },
        { b, both: c, list: [c, a], a: c },
      ] as const,
  );

  it("is a patch that makes the one of the other, and back with its old values", () => {
    fc.assert(
      fc.property(anyPair, ([from, to]) => {
        const changes = diffJson(from, to);
        expect(applyPatch(from, changes)).toEqual(to);
        for (const change of changes) expect("old" in change).toBe(change.op !== "add");
      }),
      { numRuns: 500 },
    );
  });
});
