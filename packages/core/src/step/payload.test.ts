import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { draftVars } from "./draft-vars.ts";
import { resolvePayload, storePayload } from "./payload.ts";
import { ref } from "./ref.ts";

describe("storePayload", () => {
  it("copies the payload, so that the caller's later changes are not seen", () => {
    const given = { list: [1] };
    const stored = storePayload(given, "payload");
    given.list.push(2);
    expect(stored).toEqual({ payload: { list: [1] }, refs: null });
  });

  it("takes none for an empty one", () => {
    expect(storePayload(undefined, "payload")).toEqual({ payload: {}, refs: null });
    expect(storePayload(null, "payload")).toEqual({ payload: {}, refs: null });
  });

  it("keeps refs apart from data, by JSON Pointer", () => {
    const stored = storePayload(
      { messages: ref("context.messages"), "a/b~c": [1, ref("n")] },
      "payload",
    );
    expect(stored.payload).toEqual({ messages: null, "a/b~c": [1, null] });
    expect(stored.refs).toEqual({ "/messages": "context.messages", "/a~1b~0c/1": "n" });
  });

  it("copies vars out of the handler's draft, changed or not, beside refs", () => {
    const { draft } = draftVars({ old: [{ n: 1 }], changed: [{ n: 2 }] });
    (draft["changed"] as JsonObject[]).push({ n: 3 });
    const vars = { old: [{ n: 1 }], changed: [{ n: 2 }, { n: 3 }] };
    expect(storePayload({ ...draft }, "payload")).toEqual({ payload: vars, refs: null });
    expect(storePayload({ vars: draft, all: ref("x") }, "payload")).toEqual({
      payload: { vars, all: null },
      refs: { "/all": "x" },
    });
  });

  it("refuses what is no object, or no JSON, with its path", () => {
    expect(() => storePayload([1], "payload")).toThrowError(
      /payload: an effect's payload is an object/,
    );
    expect(() => storePayload(ref("x"), "payload")).toThrowError(/payload is an object/);
    expect(() => storePayload({ at: [ref("x"), new Date(0)] }, "payload")).toThrowError(
      /payload\.at\[1\]: Date is not JSON/,
    );
  });

  it("refuses a cycle that holds a ref", () => {
    const cyclic: Record<string, unknown> = { value: ref("x") };
    cyclic["self"] = cyclic;
    expect(() => storePayload(cyclic, "payload")).toThrowError(
      expect.objectContaining({ code: "invalid_json_value" }),
    );
  });
});

describe("resolvePayload", () => {
  it("puts the values of vars where the refs stand, and null where there is none", () => {
    const stored = storePayload({ all: ref("a.b"), none: ref("a.z"), plain: 1 }, "payload");
    expect(resolvePayload(stored, { a: { b: [1, 2] } })).toEqual({
      all: [1, 2],
      none: null,
      plain: 1,
    });
  });

  it("hands a payload without refs on as it is", () => {
    const stored = storePayload({ plain: 1 }, "payload");
    expect(resolvePayload(stored, {})).toBe(stored.payload);
  });
});
