import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { applyPatch, type Patch } from "../json/patch.ts";
import { draftVars } from "./draft-vars.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- handlers without a schema write to untyped vars
type Untyped = any;

function change(vars: JsonObject, handler: (draft: Untyped) => void): Patch {
  const { draft, finish } = draftVars(vars);
  handler(draft);
  return finish();
}

describe("draftVars", () => {
  it("says what a handler changed, and leaves the vars alone", () => {
    const vars = { a: 1, gone: true, deep: { list: [1] } };
    const patch = change(vars, (draft) => {
      draft.a = 2;
      draft.added = { x: null };
      draft.deep.list.push(2);
      delete draft.gone;
    });
    expect(vars).toEqual({ a: 1, gone: true, deep: { list: [1] } });
    expect(applyPatch(vars, patch)).toEqual({ a: 2, added: { x: null }, deep: { list: [1, 2] } });
    expect(patch.map(({ op }) => op).toSorted()).toEqual(["add", "add", "remove", "replace"]);
  });

  it("takes a member set to undefined for removed, and one that never was for nothing", () => {
    const vars = { list: [] as number[], item: 7 };
    const patch = change(vars, (draft) => {
      draft.item = draft.list.shift();
      draft.other = undefined;
    });
    expect(patch).toEqual([{ op: "remove", path: "/item" }]);
    expect(applyPatch(vars, patch)).toEqual({ list: [] });
  });

  it("refuses undefined in a list, with its path", () => {
    const set = (): Patch => change({ list: [1] }, (draft) => (draft.list[0] = undefined));
    expect(set).toThrow("vars.list.0: undefined is not JSON");
  });

  it("says nothing when nothing changed", () => {
    expect(change({ a: [1] }, (draft) => draft.a.map(Number))).toEqual([]);
  });

  it("appends to a long list by what was appended", () => {
    const vars = { messages: Array.from({ length: 500 }, (_, index) => ({ index })) };
    const patch = change(vars, (draft) => draft.messages.push({ index: 500 }));
    expect(patch).toEqual([{ op: "add", path: "/messages/500", value: { index: 500 } }]);
  });

  it("replaces a list whose changes say more than it does", () => {
    const vars = { list: Array.from({ length: 30 }, (_, index) => index), other: 1 };
    const patch = change(vars, (draft) => {
      draft.list.reverse();
      draft.other = 2;
    });
    expect(patch).toHaveLength(2);
    expect(patch).toContainEqual({
      op: "replace",
      path: "/list",
      value: vars.list.toReversed(),
    });
    expect(applyPatch(vars, patch)).toEqual({ list: vars.list.toReversed(), other: 2 });
  });

  it("replaces only the outermost of lists within lists", () => {
    const rows = Array.from({ length: 20 }, () => Array.from({ length: 20 }, (_, n) => n));
    const patch = change({ rows }, (draft) => {
      for (const row of draft.rows) row.reverse();
      draft.rows.reverse();
    });
    expect(applyPatch({ rows }, patch)).toEqual({
      rows: rows.map((row) => row.toReversed()).toReversed(),
    });
  });

  it("shrinks a list", () => {
    const vars = { list: [1, 2, 3, 4] };
    const patch = change(vars, (draft) => draft.list.splice(1, 2));
    expect(applyPatch(vars, patch)).toEqual({ list: [1, 4] });
  });

  it("keeps keys with slashes, tildes and dots apart", () => {
    const vars = { "a/b": { "~": 1 }, "x.y": 1 };
    const patch = change(vars, (draft) => {
      draft["a/b"]["~"] = 2;
      draft["x.y"] = 2;
    });
    expect(applyPatch(vars, patch)).toEqual({ "a/b": { "~": 2 }, "x.y": 2 });
  });

  it("refuses a change that is not JSON, with its path", () => {
    expect(() => change({}, (draft) => (draft.when = new Date(0)))).toThrowError(
      /vars\.when: Date is not JSON/,
    );
  });

  it("copies what the handler put in, so that its later changes are not seen", () => {
    const list = [1];
    const patch = change({}, (draft) => (draft.list = list));
    list.push(2);
    expect(patch).toEqual([{ op: "add", path: "/list", value: [1] }]);
  });

  it("can't be used any more once it is closed", () => {
    const { draft, finish } = draftVars({ a: { b: 1 } });
    const inner = draft["a"];
    finish();
    expect(() => JSON.stringify(inner)).toThrowError(TypeError);
  });
});
