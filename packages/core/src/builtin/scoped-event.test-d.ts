// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import {
  complete,
  defineWorkflow,
  eventKey,
  waitAny,
  waitEvent,
  type EventScope,
  type Runtime,
  type WaitAnyResult,
} from "../index.ts";

defineWorkflow({
  id: "scopes",
  entry: "a",
  nodes: {
    a: () => waitEvent({ name: "paid", scope: "session", next: "b", resultKey: "r" }),
    b: (run) =>
      waitEvent({ name: "paid", scope: "session", sessionId: run.vars.session, next: "c" }),
    c: () => waitEvent({ name: "x", scope: "workflow", workflowId: "w", next: "a", timeoutMs: 5 }),
    d: () => waitEvent({ key: ["plain", { name: "x", scope: "run" }], next: "a" }),
    e: () => waitEvent({ key: { name: "x", scope: "global" }, next: "a" }),
    f: () => waitAny({ events: ["plain", { name: "x", scope: "session" }], next: "a" }),
    // @ts-expect-error -- no such node
    g: () => waitEvent({ name: "x", scope: "run", next: "nowhere" }),
    // @ts-expect-error -- no such scope
    h: () => waitEvent({ name: "x", scope: "tenant", next: "a" }),
    // @ts-expect-error -- a name needs a scope
    i: () => waitEvent({ name: "x", next: "a" }),
    // @ts-expect-error -- a scope needs a name
    j: () => waitEvent({ scope: "run", next: "a" }),
    // @ts-expect-error -- one or the other
    k: () => waitEvent({ key: "k", name: "x", scope: "run", next: "a" }),
    // @ts-expect-error -- nothing to wait for
    l: () => waitEvent({ next: "a" }),
    // @ts-expect-error -- no such scope
    m: () => waitAny({ events: [{ name: "x", scope: "tenant" }], next: "a" }),
    // @ts-expect-error -- a session's id goes with its scope
    n: () => waitAny({ events: [{ name: "x", scope: "global", sessionId: "s" }], next: "a" }),
    end: () => complete(1),
  },
});

export async function emits(runtime: Runtime): Promise<void> {
  await runtime.emitEvent("k", 1, { eventId: "e" });
  await runtime.emitEvent("k", 1, { runId: "r", drive: false });
  await runtime.emitEvent("x", 1, { scope: "session", sessionId: "s", eventId: "e", keepMs: 5 });
  await runtime.emitEvent("x", 1, { scope: "workflow", workflowId: "w" });
  await runtime.emitEvent("x", 1, { scope: "run", runId: "r" });
  await runtime.emitEvent("x", 1, { scope: "global", by: "ann" });
  // @ts-expect-error -- whose session?
  await runtime.emitEvent("x", 1, { scope: "session" });
  // @ts-expect-error -- another scope's id
  await runtime.emitEvent("x", 1, { scope: "workflow", sessionId: "s" });
  // @ts-expect-error -- no such scope
  await runtime.emitEvent("x", 1, { scope: "tenant" });
  // @ts-expect-error -- an id without its scope
  await runtime.emitEvent("x", 1, { sessionId: "s" });
}

expectTypeOf(eventKey("x", { scope: "global" })).toEqualTypeOf<string>();
// @ts-expect-error -- whose run?
eventKey("x", { scope: "run" });

const won = {} as WaitAnyResult;
if (won.won === "event") expectTypeOf(won.scope).toEqualTypeOf<EventScope | undefined>();
