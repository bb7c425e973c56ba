import { describe, expect, it } from "vitest";
import { changesOf, type Untyped, varsAfter } from "../../test/change-vars.ts";
import type { JsonValue } from "../json/json-value.ts";
import { draftVars } from "../step/draft-vars.ts";

const rows = (count: number): { id: number }[] =>
  Array.from({ length: count }, (_, id) => ({ id }));
const byId = (one: Untyped, two: Untyped): number => two.id - one.id;

/** What users of arrays do, by name. */
const deeds: readonly (readonly [string, (list: Untyped) => unknown])[] = [
  ["push", (list) => list.push({ id: 9 }, { id: 10 })],
  ["pop", (list) => list.pop()],
  ["shift", (list) => list.shift()],
  ["unshift", (list) => list.unshift({ id: 9 }, { id: 10 })],
  ["splice, all the rest", (list) => list.splice(1)],
  ["splice, nothing", (list) => list.splice()],
  ["splice, from the end", (list) => list.splice(-2, 1, { id: 9 })],
  ["splice, no count", (list) => list.splice(1, undefined)],
  ["reverse", (list) => list.reverse()], // oxlint-disable-line unicorn/no-array-reverse -- the case
  ["sort", (list) => list.sort(byId)], // oxlint-disable-line unicorn/no-array-sort -- the case
  ["fill", (list) => list.fill(7, 1, 3)],
  ["copyWithin", (list) => list.copyWithin(0, 2)],
  ["a shorter length", (list) => (list.length = 1)],
  ["the length that it has", (list) => (list.length = 4)],
  ["an index", (list) => (list[1] = 5)],
  ["the next index", (list) => (list[4] = 5)],
  ["deleting what is not there", (list) => delete list[4]],
  ["map", (list) => list.map((row: Untyped) => row.id)],
  ["filter", (list) => list.filter((row: Untyped) => row.id > 1)],
  ["concat", (list) => list.concat([1])],
  ["flat", (list) => [list, list].flat()],
  ["slice", (list) => list.slice(1, 3)],
  ["indexOf", (list) => list.indexOf(list[2])],
  ["includes", (list) => list.includes(list.at(-1))],
  ["find", (list) => list.find((row: Untyped) => row.id === 2)],
  ["toSorted", (list) => list.toSorted(byId)],
  ["with", (list) => list.with(1, 0)],
  ["join", (list) => list.join()],
  ["spread", (list) => [...list]],
  ["entries", (list) => [...list.entries()]],
  ["keys", (list) => Object.keys(list)],
  ["destructuring", ([first, ...rest]) => [rest, first]],
  ["in", (list) => [0 in list, "3" in list, 4 in list, "length" in list, "01" in list]],
  ["names that only look like an index", (list) => [list["01"], list["1.5"], list["-1"], list[""]]],
];

describe.each(["nobody has read", "were read"])("a list of a draft whose items %s", (state) => {
  it.each(deeds)("does as an array does: %s", (_name, act) => {
    const plain = rows(4);
    const expected = act(plain);
    const after = varsAfter({ list: rows(4) }, ({ list }) => {
      if (state === "were read") list.forEach((row: Untyped) => row.id);
      expect(act(list)).toStrictEqual(expected);
      expect(list).toStrictEqual(plain);
    });
    expect(after).toStrictEqual({ list: plain });
  });
});

describe("a list of a draft", () => {
  it("is an array", () => {
    const list = draftVars({ list: [1] }).draft["list"];
    expect(Array.isArray(list)).toBe(true);
    expect(Object.getPrototypeOf(list)).toBe(Array.prototype);
    expect(JSON.stringify(list)).toBe("[1]");
    expect(["0", "1", "length", "name"].map((key) => Object.hasOwn(list as object, key))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(Object.getOwnPropertyDescriptor(list, "length")).toMatchObject({
      value: 1,
      enumerable: false,
    });
  });

  it("hands out what leaves it as drafts, so that the vars stay as they are", () => {
    const vars = { list: [{ id: 0 }, { id: 1 }, { id: 2 }] };
    const after = varsAfter(vars, (draft) => {
      const last = draft.list.pop();
      const [first] = draft.list.splice(0, 1);
      first.id = 10;
      last.id = 12;
      draft.list.unshift(last);
      draft.kept = first;
    });
    expect(after).toEqual({ list: [{ id: 12 }, { id: 1 }], kept: { id: 10 } });
    expect(vars).toEqual({ list: rows(3) });
  });

  it.each<[string, (list: Untyped) => unknown, string]>([
    ["a hole", (list) => (list[6] = 1), "vars.list.4: undefined is not JSON"],
    ["a longer length", (list) => (list.length = 5), "vars.list.4: undefined is not JSON"],
    ["a deleted item", (list) => delete list[1], "vars.list.1: undefined is not JSON"],
    ["an undefined item", (list) => list.push(undefined), "vars.list.4: undefined is not JSON"],
    ["a function", (list) => list.push(() => 1), "vars.list.4: function is not JSON"],
    ["a named member", (list) => (list.name = 1), "a list can't have a member name"],
    ["an index below 0", (list) => (list[-1] = 1), "a list can't have a member -1"],
    ["a length below 0", (list) => (list.length = -1), "-1 is no length of a list"],
    ["a length of text", (list) => (list.length = "x"), "NaN is no length of a list"],
    [
      "a list of a class",
      (list) => (list[0] = new (class Own extends Array {})()),
      "Own is not JSON",
    ],
  ])("refuses %s", (_what, act, message) => {
    expect(() => changesOf({ list: rows(4) }, (draft) => act(draft.list))).toThrow(message);
  });

  it("refuses a list of a class in its place", () => {
    const put = (draft: Untyped): unknown => (draft.list = new (class Own extends Array {})());
    expect(() => changesOf({ list: [] }, put)).toThrow("vars.list: Own is not JSON");
  });

  it("takes back a hole that is filled or cut off", () => {
    const after = varsAfter({ list: [1, 2, 3] }, ({ list }) => {
      delete list[0];
      list[5] = 1;
      list[0] = 4;
      list.length = 2;
    });
    expect(after).toEqual({ list: [4, 2] });
  });
});

describe("the changes of a list", () => {
  const vars = { list: rows(5_000) };
  const changed = (act: (list: Untyped) => unknown): unknown =>
    changesOf(vars, (draft) => act(draft.list));

  it.each<[string, (list: Untyped) => unknown, readonly [string, string, JsonValue?][]]>([
    [
      "push",
      (list) => list.push(1, 2),
      [
        ["add", "/list/5000", 1],
        ["add", "/list/5001", 2],
      ],
    ],
    ["pop", (list) => list.pop(), [["remove", "/list/4999"]]],
    ["shift", (list) => list.shift(), [["remove", "/list/0"]]],
    ["unshift", (list) => list.unshift(1), [["add", "/list/0", 1]]],
    ["splice", (list) => list.splice(2_000, 1), [["remove", "/list/2000"]]],
    [
      "splice, two for one",
      (list) => list.splice(7, 1, 1, 2),
      [
        ["add", "/list/8", 2],
        ["replace", "/list/7", 1],
      ],
    ],
    ["an item", (list) => (list[9] = 1), [["replace", "/list/9", 1]]],
    ["inside an item", (list) => (list[9].id = 1), [["replace", "/list/9/id", 1]]],
    [
      "inside moved items",
      (list) => {
        list.shift();
        list[0].id = -1;
        list.at(-1).id = -2;
      },
      [
        ["remove", "/list/0"],
        ["replace", "/list/0/id", -1],
        ["replace", "/list/4998/id", -2],
      ],
    ],
    [
      "there and back",
      (list) => {
        list.push(list.shift());
        list.unshift(list.pop());
      },
      [],
    ],
    [
      "two that trade places",
      (list) => ([list[3], list[4]] = [list[4], list[3]]),
      [
        ["replace", "/list/3", { id: 4 }],
        ["replace", "/list/4", { id: 3 }],
      ],
    ],
    ["an empty list", (list) => (list.length = 0), [["replace", "/list", []]]],
  ])("are no larger than what was done: %s", (_name, act, operations) => {
    const expected = operations.map(([op, path, ...value]) =>
      value.length === 0 ? { op, path } : { op, path, value: value[0] },
    );
    const patch = changed(act) as unknown[];
    expect(patch).toHaveLength(expected.length);
    expect(patch).toEqual(expect.arrayContaining(expected));
  });

  it.each<[string, (list: Untyped[]) => unknown[], unknown]>([
    [
      "[...list, item]",
      (list) => [...list, { id: 7 }],
      [{ op: "add", path: "/list/5000", value: { id: 7 } }],
    ],
    ["filter", (list) => list.filter(({ id }) => id !== 6), [{ op: "remove", path: "/list/6" }]],
    [
      "map",
      (list) => list.map((row) => (row.id === 3 ? { ...row, done: true } : row)),
      [{ op: "replace", path: "/list/3", value: { id: 3, done: true } }],
    ],
  ])("are found in a new list that is made of the old one: %s", (_name, renew, patch) => {
    expect(changesOf(vars, (draft) => (draft.list = renew(draft.list)))).toEqual(patch);
  });

  it("are one replacement when they say more than the list does", () => {
    const fill = (list: number[]): unknown => list.forEach((_, index) => (list[index] = -1));
    expect(changesOf({ list: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, ({ list }) => fill(list))).toEqual([
      { op: "replace", path: "/list", value: Array.from({ length: 9 }, () => -1) },
    ]);
    expect(changesOf({ list: [1, 2, 3, 4, 5, 6, 7, 8] }, ({ list }) => fill(list))).toHaveLength(8);
  });

  it("are one replacement when the new list has little of the old one", () => {
    expect(changesOf({ list: [1, 2, 3] }, (draft) => (draft.list = [1, 5, 6]))).toEqual([
      { op: "replace", path: "/list", value: [1, 5, 6] },
    ]);
  });
});
