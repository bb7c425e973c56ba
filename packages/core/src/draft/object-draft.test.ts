import { describe, expect, it } from "vitest";
import { changesOf, type Untyped, varsAfter } from "../../test/change-vars.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { JsonObject } from "../json/json-value.ts";
import { draftVars } from "../step/draft-vars.ts";

function draftOf(vars: JsonObject): Untyped {
  return draftVars(vars).draft;
}

describe("an object of a draft", () => {
  it("reads like a plain object that was changed", () => {
    const draft = draftOf({ a: 1, b: { c: [2] }, gone: 3 });
    draft.d = 4;
    draft.b.c.push(5);
    delete draft.gone;
    const { a, ...rest } = draft;
    expect([a, rest]).toEqual([1, { b: { c: [2, 5] }, d: 4 }]);
    expect(Object.keys(draft)).toEqual(["a", "b", "d"]);
    expect(Reflect.ownKeys(draft)).toEqual(["a", "b", "d"]);
    expect(Object.entries(draft)).toEqual([
      ["a", 1],
      ["b", { c: [2, 5] }],
      ["d", 4],
    ]);
    expect(["a" in draft, "d" in draft, "gone" in draft, "toString" in draft]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([Object.hasOwn(draft, "a"), Object.hasOwn(draft, "gone")]).toEqual([true, false]);
    expect([draft.gone, draft.never, `${draft}`]).toEqual([
      undefined,
      undefined,
      "[object Object]",
    ]);
    expect(JSON.stringify(draft)).toBe('{"a":1,"b":{"c":[2,5]},"d":4}');
    expect(structuredClone({ ...draft.b, c: [...draft.b.c] })).toEqual({ c: [2, 5] });
    expect(Object.getOwnPropertyDescriptor(draft, "d")).toEqual({
      value: 4,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    expect(Object.getPrototypeOf(draft)).toBe(Object.prototype);
    const seen = [];
    for (const key in draft.b) seen.push(key);
    expect(seen).toEqual(["c"]);
  });

  it("gives the same draft each time the same member is read", () => {
    const draft = draftOf({ a: { b: 1 } });
    expect(draft.a).toBe(draft.a);
    const { a } = draft;
    a.b = 2;
    expect(draft.a.b).toBe(2);
  });

  it("takes a member that is deleted and comes back for one that was replaced, or for none", () => {
    const vars = { a: { b: 1 }, c: 1 };
    const replace = (draft: Untyped): void => {
      delete draft.a;
      draft.a = { b: 2 };
    };
    expect(changesOf(vars, replace)).toEqual([{ op: "replace", path: "/a", value: { b: 2 } }]);
    const restore = (draft: Untyped): void => {
      const { a } = draft;
      delete draft.a;
      draft.c = 2;
      draft.a = a;
      draft.c = 1;
    };
    expect(changesOf(vars, restore)).toEqual([]);
    const addAndDelete = (draft: Untyped): void => {
      draft.new = 1;
      delete draft.new;
      delete draft.never;
    };
    expect(changesOf(vars, addAndDelete)).toEqual([]);
  });

  it("looks at nothing but what is touched, however wide the object is", () => {
    const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`key${at}`, { at }]));
    const read: unknown[] = [];
    const watched = new Proxy(wide, {
      get: (target, key) => Reflect.get(target, key, read.push(key)),
      ownKeys: (target) => Reflect.ownKeys(target).slice(0, read.push("all keys")),
    });
    const patch = changesOf({ wide: watched }, (draft) => (draft.wide.key7.at = -1));
    expect(patch).toEqual([{ op: "replace", path: "/wide/key7/at", value: -1 }]);
    expect(new Set(read)).toEqual(new Set(["key7"]));
  });

  it("drafts frozen vars", () => {
    const vars = deepFreeze({ a: { b: [1] } });
    const handler = (draft: Untyped): void => {
      draft.a.b.push(2);
      draft.a.c = 1;
      expect(Object.isFrozen(draft.a)).toBe(false);
      expect(Object.keys(draft.a)).toEqual(["b", "c"]);
    };
    expect(varsAfter(vars, handler)).toEqual({ a: { b: [1, 2], c: 1 } });
    expect(vars).toEqual({ a: { b: [1] } });
  });

  it("takes names that lead to prototypes elsewhere for data", () => {
    const vars = JSON.parse('{"words":{"__proto__":{"count":1},"a":1},"other":1}') as JsonObject;
    const patch = changesOf(vars, (draft) => {
      draft.words.a += 1;
      draft.words["__proto__"].count += 1;
    });
    expect(patch.map(({ path }) => path)).toEqual(["/words"]);
    const count = (draft: Untyped): void => {
      draft.words["__proto__"].count += 1;
      draft.words["constructor"] = 5;
      delete draft.words.a;
    };
    expect(JSON.stringify(varsAfter(vars, count).words)).toBe(
      '{"__proto__":{"count":2},"constructor":5}',
    );
    expect(JSON.stringify(varsAfter({}, (draft) => (draft["__proto__"] = { x: 1 })))).toBe(
      '{"__proto__":{"x":1}}',
    );
  });

  it("leads to no prototype", () => {
    const vars = draftOf({ a: {}, list: [] });
    expect([vars["__proto__"], vars.list["__proto__"]]).toEqual([undefined, undefined]);
    expect("__proto__" in vars).toBe(false);
    const pollute = (draft: Untyped): void => {
      draft.a["__proto__"].polluted = true;
    };
    expect(() => changesOf({ a: {} }, pollute)).toThrow(TypeError);
    expect(() => changesOf({ a: [] }, pollute)).toThrow(TypeError);
    expect(({} as Untyped).polluted).toBeUndefined();
  });

  it("takes members that are defined as data, and no others", () => {
    const how = { writable: true, enumerable: true, configurable: true };
    expect(
      varsAfter({}, (draft) => Object.defineProperty(draft, "a", { value: 1, ...how })),
    ).toEqual({ a: 1 });
    const accessor = (draft: Untyped): unknown =>
      Object.defineProperty(draft, "a", { get: () => 1, enumerable: true });
    const hidden = (draft: Untyped): unknown =>
      Object.defineProperty(draft, "a", { value: 1, enumerable: false });
    expect(() => changesOf({}, accessor)).toThrow("a can't be an accessor");
    expect(() => changesOf({}, hidden)).toThrow("a can't be an accessor, hidden or constant");
  });

  it.each<[string, (draft: Untyped) => unknown, string]>([
    ["another prototype", (draft) => Object.setPrototypeOf(draft, null), "prototype can't be set"],
    ["freezing", (draft) => Object.freeze(draft), "can't be frozen or sealed"],
    ["sealing", (draft) => Object.seal(draft.list), "can't be frozen or sealed"],
    ["a symbol for a key", (draft) => (draft[Symbol("s")] = 1), "Symbol(s) can't name a member"],
  ])("refuses %s", (_what, handler, message) => {
    expect(() => changesOf({ list: [] }, handler)).toThrow(message);
  });

  it("refuses what is not JSON when it is finished, also deep inside", () => {
    const put = (value: unknown) => (draft: Untyped) => (draft.a = { b: [value] });
    expect(() => changesOf({}, put(1n))).toThrow("vars.a.b[0]: bigint is not JSON");
    expect(() =>
      changesOf(
        { a: 1 },
        put(() => 1),
      ),
    ).toThrow("vars.a.b[0]: function is not JSON");
    expect(() => changesOf({ a: 1 }, (draft) => (draft.a = Number.NaN))).toThrow(
      "vars.a: NaN is not JSON",
    );
  });
});
