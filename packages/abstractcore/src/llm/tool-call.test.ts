import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBadToolCall, readToolCall, toWireToolCall } from "./tool-call.ts";

describe("readToolCall", () => {
  it("reads both forms alike, and ids of any type as texts", () => {
    const read = { name: "add", arguments: { a: 1 }, call_id: "c" };
    const wire = toWireToolCall(read);
    expect(wire).toEqual({
      id: "c",
      type: "function",
      function: { name: "add", arguments: '{"a":1}' },
    });
    expect(readToolCall(wire)).toEqual(read);
    expect(readToolCall(read)).toEqual(read);
    expect(readToolCall({ ...read, call_id: 7 })).toEqual({ ...read, call_id: "7" });
    expect(readToolCall({ name: "add", arguments: null })).toEqual({
      name: "add",
      arguments: {},
      call_id: "",
    });
  });

  it.each<[unknown, string]>([
    [null, "the tool call is no object"],
    ["add", "the tool call is no object"],
    [{}, "the tool call has no name"],
    [{ function: { name: 7 } }, "the tool call has no name"],
    [{ name: "add", arguments: "{" }, "arguments are not valid JSON"],
    [{ name: "add", arguments: "[]" }, "arguments must be a JSON object"],
    [{ name: "add", arguments: [] }, "arguments must be a JSON object"],
  ])("says what is wrong with %j", (value, problem) => {
    expect(readToolCall(value)).toMatchObject({ problem });
  });

  it("never throws, and gives back every call that was written", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const call = readToolCall(value);
        expect(isBadToolCall(call) || readToolCall(toWireToolCall(call))).toEqual(
          isBadToolCall(call) || call,
        );
      }),
    );
  });
});
