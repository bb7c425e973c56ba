import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { formatInstant } from "../time/instant.ts";
import type { BuiltInOutcome } from "./built-in.ts";
import { waitAnyEffect } from "./wait-any.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

function evaluate(payload: JsonObject): BuiltInOutcome {
  return waitAnyEffect.evaluate(payload, {
    runId: "run",
    nodeId: "node",
    workflowId: "flow",
    sessionId: "s-1",
    now,
  });
}

const user = { prompt: "Stop?" };

describe("wait_any", () => {
  it("is one wait with the keys of all its parts, the person's first", () => {
    const payload = {
      events: ["a", "b"],
      user: { prompt: "Stop?", choices: ["y"], allow_free_text: false, details: { d: 1 } },
      after_ms: 1_000,
      children: ["c1"],
    };
    expect(evaluate(payload)).toEqual({
      status: "waiting",
      wait: {
        any: true,
        reason: "user",
        keys: ["user:run:node", "a", "b", "subworkflow:c1"],
        prompt: "Stop?",
        choices: ["y"],
        allowFreeText: false,
        details: { d: 1 },
        until: formatInstant(now + 1_000),
      },
      awaits: ["c1"],
    });
  });

  it.each<[JsonObject, string]>([
    [{ user, events: ["a"], children: ["c"], after_ms: 1 }, "user"],
    [{ events: ["a"], children: ["c"], after_ms: 1 }, "event"],
    [{ children: ["c"], after_ms: 1, events: [] }, "subworkflow"],
    [{ after_ms: 1, children: [] }, "until"],
  ])("of %j has the reason %s", (payload, reason) => {
    expect(evaluate(payload)).toMatchObject({ status: "waiting", wait: { reason } });
  });

  it("takes a key for the person, and any answer unless told otherwise", () => {
    expect(evaluate({ user: { ...user, wait_key: "k", choices: null } })).toEqual({
      status: "waiting",
      wait: { any: true, reason: "user", keys: ["k"], prompt: "Stop?", allowFreeText: true },
    });
  });

  it("waits until an instant in any zone, and begins even when it has passed", () => {
    const until = "2025-12-31T23:00:00+01:00";
    expect(evaluate({ until, timeout_node: "late", resume_to_node: "on" })).toEqual({
      status: "waiting",
      wait: {
        any: true,
        reason: "until",
        keys: [],
        until,
        resumeToNode: "on",
        timeoutMs: 0,
        timeoutNode: "late",
      },
    });
    expect(evaluate({ after_ms: 50, timeout_node: "late" })).toMatchObject({
      wait: { until: formatInstant(now + 50), timeoutMs: 50, timeoutNode: "late" },
    });
  });

  it.each<[JsonObject, RegExp]>([
    [{}, /there is nothing to wait for/],
    [{ events: [], children: [], user: null, until: null }, /there is nothing to wait for/],
    [{ events: "a" }, /payload\.events must be a list of texts that are not empty/],
    [{ events: [""] }, /payload\.events must be/],
    [{ events: [7] }, /payload\.events must be/],
    [{ events: ["subworkflow:c"] }, /give its id in payload\.children/],
    [{ events: ["a", "b", "a"] }, /the key "a" is given twice/],
    [{ events: ["a"], user: { ...user, wait_key: "a" } }, /the key "a" is given twice/],
    [{ children: ["c", "c"] }, /the key "subworkflow:c" is given twice/],
    [{ children: "c" }, /payload\.children must be/],
    [{ children: [null] }, /payload\.children must be/],
    [{ user: "Stop?" }, /payload\.user must be an object/],
    [{ user: {} }, /payload\.user\.prompt must be a text/],
    [{ user: { prompt: "" } }, /payload\.user\.prompt must be a text/],
    [{ user: { prompt: 5 } }, /payload\.user\.prompt must be a text/],
    [{ user: { ...user, wait_key: "" } }, /payload\.user\.wait_key must be/],
    [{ user: { ...user, wait_key: 7 } }, /payload\.user\.wait_key must be/],
    [{ user: { ...user, wait_key: "subworkflow:c" } }, /payload\.user\.wait_key must be/],
    [{ user: { ...user, choices: "y" } }, /payload\.user\.choices must be a list/],
    [{ user: { ...user, allow_free_text: "no" } }, /allow_free_text must be true or false/],
    [{ user: { ...user, details: [] } }, /payload\.user\.details must be an object/],
    [{ until: "2026-01-01T00:00:00Z", after_ms: 1 }, /exclude each other/],
    [{ until: "tomorrow" }, /payload\.until must be an instant/],
    [{ until: "" }, /payload\.until must be an instant/],
    [{ after_ms: -1 }, /payload\.after_ms must be milliseconds/],
    [{ after_ms: "5" }, /payload\.after_ms must be milliseconds/],
    [{ after_ms: 1e300 }, /payload\.after_ms must be milliseconds/],
    [{ events: ["a"], timeout_ms: 5 }, /the time is given in payload\.until or payload\.after_ms/],
    [{ events: ["a"], timeout_at: "2026-01-01T00:00:00Z" }, /the time is given in payload\.until/],
    [{ events: ["a"], timeout_node: "late" }, /payload\.timeout_node needs a time/],
  ])("refuses %j", (payload, message) => {
    expect(evaluate(payload)).toMatchObject({
      status: "failed",
      final: true,
      certain: true,
      error: { code: "invalid_argument", message: expect.stringMatching(message) },
    });
    expect(evaluate(payload)).toMatchObject({
      error: { message: expect.stringMatching(/^wait_any: /) },
    });
  });
});
