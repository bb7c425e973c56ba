import { describe, expect, it } from "vitest";
import { changesOf, type Untyped, varsAfter } from "../../test/change-vars.ts";
import { draftVars } from "../step/draft-vars.ts";

describe("a draft that is put elsewhere", () => {
  it("moves, with what is changed before and after", () => {
    const after = varsAfter({ todo: [{ id: 1 }, { id: 2 }], done: [] }, ({ todo, done }) => {
      const [first] = todo;
      first.state = "begun";
      done.push(todo.shift());
      first.state = "done";
    });
    expect(after).toEqual({ todo: [{ id: 2 }], done: [{ id: 1, state: "done" }] });
  });

  it("is the same in both places", () => {
    const after = varsAfter({ a: { n: 1 } }, (draft) => {
      draft.b = draft.a;
      draft.list = [draft.a, { in: draft.a }];
      draft.b.n = 2;
      expect(draft.b).toBe(draft.a);
      expect(draft.list[1].in.n).toBe(2);
    });
    expect(after).toEqual({ a: { n: 2 }, b: { n: 2 }, list: [{ n: 2 }, { in: { n: 2 } }] });
  });

  it("trades places with another", () => {
    const after = varsAfter({ a: { n: 1 }, b: { n: 2 } }, (draft) => {
      [draft.a, draft.b] = [draft.b, draft.a];
      draft.a.n += 10;
    });
    expect(after).toEqual({ a: { n: 12 }, b: { n: 1 } });
  });

  it("may stand inside of what it came out of, and outside of what it came from", () => {
    const inwards = varsAfter({ a: { b: { c: 1 } } }, (draft) => (draft.a = draft.a.b));
    expect(inwards).toEqual({ a: { c: 1 } });
    const outwards = varsAfter({ a: { b: 1 } }, (draft) => (draft.a = { was: draft.a }));
    expect(outwards).toEqual({ a: { was: { b: 1 } } });
  });

  it("is refused where it would hold itself", () => {
    const cycle = (draft: Untyped): void => {
      draft.a.b.root = draft.a;
    };
    expect(() => changesOf({ a: { b: {} } }, cycle)).toThrow("a cycle is not JSON");
    expect(() => changesOf({ a: [] }, (draft) => draft.a.push(draft))).toThrow(
      "a cycle is not JSON",
    );
  });

  it("keeps two equal objects of the vars apart", () => {
    const shared = { n: 1 };
    const after = varsAfter({ a: shared, b: shared, list: [shared, shared] }, (draft) => {
      draft.a.n = 2;
      draft.list[1].n = 3;
    });
    expect(after).toEqual({ a: { n: 2 }, b: { n: 1 }, list: [{ n: 1 }, { n: 3 }] });
  });

  it("may be held across an await", async () => {
    const { draft, finish } = draftVars({ a: { n: 1 } });
    const a = draft["a"] as Untyped;
    await Promise.resolve();
    a.n = 2;
    expect(finish()).toEqual([{ op: "replace", path: "/a/n", value: 2 }]);
  });

  it("is copied out of another draft, and refused when that one is closed", () => {
    const other = draftVars({ x: { n: 1 } });
    const x = other.draft["x"] as Untyped;
    x.n = 2;
    expect(varsAfter({}, (draft) => (draft.x = x))).toEqual({ x: { n: 2 } });
    other.finish();
    expect(() => changesOf({}, (draft) => (draft.x = x))).toThrow("these vars are closed");
  });
});

describe("an object that the handler made", () => {
  it("stays the handler's own until the draft is finished", () => {
    const mine = { n: 1, list: [1] };
    const after = varsAfter({ list: [] }, (draft) => {
      draft.mine = mine;
      draft.list.push(mine);
      expect(draft.mine).toBe(mine);
      expect(draft.list[0]).toBe(mine);
      draft.mine.n = 2;
      mine.list.push(2);
    });
    expect(after).toEqual({ mine: { n: 2, list: [1, 2] }, list: [{ n: 2, list: [1, 2] }] });
    mine.n = 3;
    expect(after.mine.n).toBe(2);
  });

  it("may hold drafts, and is no draft for inheriting from one", () => {
    const after = varsAfter({ a: { n: 1 } }, (draft) => {
      draft.b = { ...draft, more: [draft.a] };
      draft.a.n = 2;
    });
    expect(after).toEqual({ a: { n: 2 }, b: { a: { n: 2 }, more: [{ n: 2 }] } });
    const inherit = (draft: Untyped): unknown => (draft.b = Object.create(draft.a));
    expect(() => changesOf({ a: {} }, inherit)).toThrow("vars.b: Object is not JSON");
  });
});
