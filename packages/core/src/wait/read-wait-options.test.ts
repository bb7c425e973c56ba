import { describe, expect, it } from "vitest";
import type { WaitOptions } from "../effect/wait-request.ts";
import type { JsonObject } from "../json/json-value.ts";
import { readWaitOptions } from "./read-wait-options.ts";

describe("readWaitOptions", () => {
  it("copies what the effect asks for, without what it left open", () => {
    const details = { d: 1 };
    const options = readWaitOptions({ keys: ["k"], details, prompt: undefined, timeoutMs: 5 });
    details.d = 2;
    expect(options).toEqual({ keys: ["k"], details: { d: 1 }, timeoutMs: 5 });
    expect(Object.keys(options)).not.toContain("prompt");
  });

  it.each<[string, unknown, string]>([
    ["a timer without an instant", { reason: "until" }, "invalid_argument"],
    ["what is no instant", { until: "tomorrow" }, "invalid_instant"],
    ["a reason that there is not", { reason: "boredom" }, "invalid_argument"],
    ["keys that are no list", { keys: "k" }, "invalid_argument"],
    ["an empty key", { keys: ["k", ""] }, "invalid_argument"],
    ["a negative timeout", { timeoutMs: -1 }, "invalid_argument"],
    ["a timeout beyond all years", { timeoutMs: 1e300 }, "invalid_argument"],
    ["a timeout that is no number", { timeoutMs: NaN }, "invalid_json_value"],
    ["a result key into a prototype", { resultKey: "a.__proto__" }, "invalid_plan"],
    [
      "details that are not JSON",
      { details: { f: new Map() } as unknown as JsonObject },
      "invalid_json_value",
    ],
  ])("refuses %s", (_what, options, code) => {
    // What untyped callers give.
    expect(() => readWaitOptions(options as WaitOptions)).toThrowError(
      expect.objectContaining({ code }),
    );
  });
});
