import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { formatInstant } from "../time/instant.ts";
import type { BuiltInOutcome } from "./built-in.ts";
import { builtIns } from "./built-ins.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

function evaluate(type: string, payload: JsonObject): BuiltInOutcome {
  const builtIn = builtIns.get(type);
  if (builtIn === undefined) throw new Error(`no ${type}`);
  return builtIn.evaluate(payload, {
    runId: "run",
    nodeId: "node",
    workflowId: "flow",
    sessionId: "s-1",
    now,
  });
}

const failure = (message: RegExp): object => ({
  status: "failed",
  final: true,
  certain: true,
  error: { code: "invalid_argument", message: expect.stringMatching(message) },
});

describe("ask_user", () => {
  it("waits for a person, under a key of its own", () => {
    expect(evaluate("ask_user", { prompt: "Go on?" })).toEqual({
      status: "waiting",
      wait: { reason: "user", keys: ["user:run:node"], prompt: "Go on?", allowFreeText: true },
    });
  });

  it("takes over choices, key, details and a timeout", () => {
    const payload = {
      prompt: "?",
      choices: ["y", "n"],
      allow_free_text: false,
      wait_key: "k",
      details: { d: 1 },
      timeout_ms: 50,
      timeout_node: "late",
      resume_to_node: "next",
    };
    expect(evaluate("ask_user", payload)).toMatchObject({
      wait: {
        keys: ["k"],
        choices: ["y", "n"],
        allowFreeText: false,
        details: { d: 1 },
        timeoutMs: 50,
        timeoutNode: "late",
        resumeToNode: "next",
      },
    });
  });

  it("leaves out choices and details that are none", () => {
    const outcome = evaluate("ask_user", { prompt: 5, choices: "y", details: ["d"] });
    expect(outcome).toMatchObject({ wait: { prompt: "5" } });
    expect(outcome).not.toMatchObject({ wait: { choices: expect.anything() } });
    expect(outcome).not.toMatchObject({ wait: { details: expect.anything() } });
  });

  it("needs a prompt", () => {
    expect(evaluate("ask_user", {})).toMatchObject(failure(/^ask_user requires payload\.prompt$/));
    expect(evaluate("ask_user", { prompt: "" })).toMatchObject(failure(/requires payload\.prompt/));
  });
});

describe("wait_event", () => {
  it("waits for the first of its keys", () => {
    expect(evaluate("wait_event", { wait_key: "k" })).toEqual({
      status: "waiting",
      wait: { reason: "event", keys: ["k"] },
    });
    expect(evaluate("wait_event", { wait_key: "a", wait_keys: ["a", "b"] })).toMatchObject({
      wait: { keys: ["a", "b"] },
    });
  });

  it("reads keys as text, whatever they are", () => {
    expect(evaluate("wait_event", { wait_key: 7 })).toMatchObject({ wait: { keys: ["7"] } });
    expect(evaluate("wait_event", { wait_key: { a: 1 } })).toMatchObject({
      wait: { keys: ['{"a":1}'] },
    });
  });

  it.each<JsonObject>([
    {},
    { wait_key: "" },
    { wait_key: null },
    { wait_key: {} },
    { wait_keys: [] },
  ])("needs a key: %j has none", (payload) => {
    expect(evaluate("wait_event", payload)).toMatchObject(failure(/requires payload\.wait_key/));
  });

  it("counts a timeout from now, given as time or as an instant", () => {
    const at = formatInstant(now + 90_000);
    expect(evaluate("wait_event", { wait_key: "k", timeout_at: at })).toMatchObject({
      wait: { timeoutMs: 90_000 },
    });
    const past = formatInstant(now - 1);
    expect(evaluate("wait_event", { wait_key: "k", timeout_at: past })).toMatchObject({
      wait: { timeoutMs: 0 },
    });
  });

  it.each<JsonObject>([
    { timeout_ms: -1 },
    { timeout_ms: "5" },
    { timeout_ms: 1e300 },
    { timeout_at: "tomorrow" },
    { timeout_at: 5 },
  ])("refuses the timeout %j", (timeout) => {
    for (const [type, needed] of [
      ["wait_event", { wait_key: "k" }],
      ["ask_user", { prompt: "?" }],
      ["start_subworkflow", { workflow_id: "w" }],
    ] as const)
      expect(evaluate(type, { ...needed, ...timeout })).toMatchObject(failure(/payload\.timeout_/));
  });
});

describe("wait_until", () => {
  it("waits until an instant, in any zone, or for a time from now", () => {
    expect(evaluate("wait_until", { until: "2026-01-01T02:00:00+01:00" })).toEqual({
      status: "waiting",
      wait: { reason: "until", until: "2026-01-01T02:00:00+01:00" },
    });
    expect(evaluate("wait_until", { after_ms: 1_000 })).toMatchObject({
      wait: { until: formatInstant(now + 1_000) },
    });
  });

  it("is over at once when the instant has passed", () => {
    const until = "2025-12-31T23:59:59Z";
    expect(evaluate("wait_until", { until })).toEqual({
      status: "completed",
      result: { until, ready: true },
    });
    expect(evaluate("wait_until", { after_ms: 0 })).toMatchObject({ status: "completed" });
  });

  it.each<[JsonObject, RegExp]>([
    [{}, /requires payload\.until/],
    [{ until: "" }, /requires payload\.until/],
    [{ until: "2026-01-01 10:00" }, /with its zone/],
    [{ until: 5 }, /must be an instant/],
    [{ after_ms: -1 }, /wait_until/],
    [{ after_ms: "5" }, /wait_until/],
    [{ after_ms: 1e300 }, /wait_until/],
  ])("refuses %j", (payload, message) => {
    expect(evaluate("wait_until", payload)).toMatchObject(failure(message));
  });
});

describe("start_subworkflow", () => {
  it("asks for a child and waits for it", () => {
    const payload = {
      workflow_id: "w",
      vars: { a: 1 },
      actor_id: "ann",
      session_id: "s",
      timeout_ms: 5,
    };
    expect(evaluate("start_subworkflow", payload)).toEqual({
      status: "waiting",
      wait: { reason: "subworkflow", timeoutMs: 5 },
      child: { workflowId: "w", vars: { a: 1 }, awaited: true, actorId: "ann", sessionId: "s" },
    });
  });

  it("asks for a child and goes on at once", () => {
    expect(evaluate("start_subworkflow", { workflow_id: "w", async: true })).toMatchObject({
      status: "completed",
      child: { vars: {}, awaited: false },
    });
  });

  it("needs a workflow, and vars that are an object", () => {
    expect(evaluate("start_subworkflow", {})).toMatchObject(
      failure(/requires payload\.workflow_id/),
    );
    expect(evaluate("start_subworkflow", { workflow_id: "w", vars: [1] })).toMatchObject(
      failure(/payload\.vars must be an object/),
    );
    expect(evaluate("start_subworkflow", { workflow_id: "w", vars: "x" })).toMatchObject(
      failure(/payload\.vars must be an object/),
    );
  });
});
