import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import { ref } from "../step/ref.ts";
import type { BuiltInContext } from "./built-in.ts";
import { waitAny } from "./plan-wait-any.ts";
import { waitEvent } from "./plan-waits.ts";
import { waitAnyEffect } from "./wait-any.ts";
import { waitEventEffect } from "./wait-event.ts";

const context: BuiltInContext = {
  runId: "r-1",
  nodeId: "node",
  workflowId: "order",
  sessionId: "s-1",
  now: 0,
};

const keysOf = (payload: object, of: BuiltInContext = context): unknown =>
  waitEventEffect.evaluate(payload as JsonObject, of);

describe("wait_event by name and scope", () => {
  it.each<[JsonObject, string]>([
    [{ scope: "session" }, "evt:session:s-1:paid"],
    [{ scope: "session", session_id: "other" }, "evt:session:other:paid"],
    [{ scope: "session", session_id: null }, "evt:session:s-1:paid"],
    [{ scope: "workflow" }, "evt:workflow:order:paid"],
    [{ scope: "workflow", workflow_id: "stock" }, "evt:workflow:stock:paid"],
    [{ scope: "run" }, "evt:run:r-1:paid"],
    [{ scope: "run", run_id: "r-1" }, "evt:run:r-1:paid"],
    [{ scope: "global" }, "evt:global:global:paid"],
  ])("%j waits for %s", (payload, key) => {
    expect(keysOf({ name: "paid", ...payload, timeout_ms: 5 })).toMatchObject({
      status: "waiting",
      wait: { reason: "event", keys: [key], timeoutMs: 5 },
    });
  });

  it("waits for the first of plain keys and scoped events", () => {
    const several = ["plain", { name: "a", scope: "run" }, { name: "b", scope: "global" }, 7];
    expect(keysOf({ wait_keys: several })).toMatchObject({
      wait: { keys: ["plain", "evt:run:r-1:a", "evt:global:global:b", "7"] },
    });
    expect(keysOf({ wait_key: { name: "a", scope: "run" } })).toMatchObject({
      wait: { keys: ["evt:run:r-1:a"] },
    });
  });

  it("reads payloads without a scope as before", () => {
    expect(keysOf({ wait_key: "k", name: "paid" })).toMatchObject({ wait: { keys: ["k"] } });
    expect(keysOf({ wait_key: "k", scope: null })).toMatchObject({ wait: { keys: ["k"] } });
    expect(keysOf({ wait_keys: [{ name: "a" }] })).toMatchObject({
      wait: { keys: ['{"name":"a"}'] },
    });
  });

  it.each<[string, JsonObject, string]>([
    ["a name alone", { name: "paid" }, "payload.name with payload.scope"],
    ["no scope of ours", { name: "a", scope: "tenant" }, "payload.scope must be session, workflow"],
    ["no name", { scope: "global" }, "payload.name must be"],
    ["an empty name", { name: "", scope: "global" }, "payload.name must be"],
    ["another's id", { name: "a", scope: "run", session_id: "s" }, "payload.session_id goes with"],
    ["another run", { name: "a", scope: "run", run_id: "r-2" }, "its own events only"],
    ["a bad session", { name: "a", scope: "session", session_id: 7 }, "payload.session_id must be"],
    ["an empty session", { name: "a", scope: "session", session_id: "" }, "session_id must be"],
    ["a key, too", { name: "a", scope: "run", wait_key: "k" }, "not both"],
    ["one of several", { wait_keys: ["a", { scope: "run" }] }, "payload.wait_keys[1].name"],
    ["one that is alone", { wait_key: { scope: "run" } }, "payload.wait_key.name"],
  ])("refuses %s", (_, payload, message) => {
    expect(keysOf(payload)).toMatchObject({
      status: "failed",
      error: { code: "invalid_argument", message: expect.stringContaining(message) },
    });
  });

  it.each([null, ""])("needs a session where the run's is %j", (sessionId) => {
    const payload = { name: "a", scope: "session" };
    expect(keysOf(payload, { ...context, sessionId })).toMatchObject({ status: "failed" });
    const named = keysOf({ ...payload, session_id: "s" }, { ...context, sessionId });
    expect(named).toMatchObject({ wait: { keys: ["evt:session:s:a"] } });
  });
});

describe("wait_any for scoped events", () => {
  const outcome = (events: JsonObject[string]): unknown =>
    waitAnyEffect.evaluate({ events }, context);

  it("takes them among plain keys", () => {
    expect(outcome(["plain", { name: "a", scope: "session" }])).toMatchObject({
      wait: { any: true, keys: ["plain", "evt:session:s-1:a"] },
    });
  });

  it.each<[string, JsonObject[string], string]>([
    ["no name", [{ scope: "run" }], "payload.events[0].name"],
    ["no scope", ["a", { name: "a" }], "payload.events[1].scope must be session"],
    ["the same twice", ["evt:run:r-1:a", { name: "a", scope: "run" }], "twice"],
  ])("refuses %s", (_, events, message) => {
    expect(outcome(events)).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining(message) },
    });
  });
});

describe("the helpers", () => {
  const payloadOf = (plan: unknown): unknown =>
    JSON.parse(JSON.stringify((plan as { effect: { payload: unknown } }).effect.payload));

  it("make the payloads that the effects read", () => {
    const next = "end" as never;
    const scoped = { name: "paid", scope: "session", sessionId: "s" } as const;
    const own = { name: "a", scope: "workflow" } as const;
    expect(payloadOf(waitEvent({ ...scoped, next, timeoutMs: 5 }))).toEqual({
      name: "paid",
      scope: "session",
      session_id: "s",
      timeout_ms: 5,
    });
    expect(payloadOf(waitEvent({ key: own, next }))).toEqual(own);
    expect(payloadOf(waitEvent({ key: [own, "plain"], next }))).toEqual({
      wait_keys: [own, "plain"],
    });
    expect(payloadOf(waitEvent({ key: ["plain", own], next }))).toEqual({
      wait_key: "plain",
      wait_keys: ["plain", own],
    });
    expect(payloadOf(waitAny({ events: ["plain", scoped], next }))).toEqual({
      events: ["plain", { name: "paid", scope: "session", session_id: "s" }],
    });
  });

  it("leave a reference to a list what it is", () => {
    const next = "end" as never;
    expect(waitAny({ events: ref("keys"), next })).toMatchObject({
      effect: { payload: { events: ref("keys") } },
    });
    expect(waitEvent({ key: ref("keys"), next })).toMatchObject({
      effect: { payload: { wait_keys: ref("keys") } },
    });
  });
});
