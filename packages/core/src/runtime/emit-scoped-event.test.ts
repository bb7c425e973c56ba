import { describe, expect, it } from "vitest";
import { codeOf, newWorld } from "../../test/world.ts";
import { branches } from "../builtin/plan-children.ts";
import { waitAny } from "../builtin/plan-wait-any.ts";
import { waitEvent } from "../builtin/plan-waits.ts";
import type { ScopedEvent } from "../builtin/scoped-event.ts";
import { complete } from "../step/plan-helpers.ts";
import { eventKey } from "../wait/event-key.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";

const hears = (id: string, event: ScopedEvent): Workflow =>
  defineWorkflow({
    id,
    entry: "wait",
    nodes: {
      wait: () => waitEvent({ ...event, resultKey: "said", next: "end" }),
      end: (run) => complete(run.vars.said),
    },
  });

const session: ScopedEvent = { name: "e", scope: "session" };

describe("Runtime.emitEvent by scope", () => {
  it("reaches the waiting runs of a session, whatever their workflow, and no others", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(hears("one", session), { id: "a", sessionId: "s" });
    await runtime.start(hears("two", session), { id: "b", sessionId: "s" });
    await runtime.start(hears("one", session), { id: "c", sessionId: "t" });
    const told = await runtime.emitEvent("e", 1, { scope: "session", sessionId: "s" });
    expect(told).toEqual({ deliveredTo: ["a", "b"], kept: false });
    for (const id of ["a", "b"])
      expect(await world.state(id)).toMatchObject({ status: "completed", output: 1 });
    expect((await world.state("c")).status).toBe("waiting");
  });

  it("reaches the runs of a workflow, of all, or of a session that another names", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(hears("one", { name: "e", scope: "workflow" }), { id: "a" });
    await runtime.start(hears("two", { name: "e", scope: "workflow" }), { id: "b" });
    await runtime.start(hears("three", { name: "e", scope: "global" }), { id: "c" });
    const other: ScopedEvent = { name: "e", scope: "session", sessionId: "s" };
    await runtime.start(hears("four", other), { id: "d", sessionId: "own" });
    const emit = async (to: Parameters<typeof runtime.emitEvent>[2]): Promise<unknown> =>
      (await runtime.emitEvent("e", 1, to)).deliveredTo;
    expect(await emit({ scope: "session", sessionId: "own" })).toEqual([]);
    expect(await emit({ scope: "workflow", workflowId: "two" })).toEqual(["b"]);
    expect(await emit({ scope: "global" })).toEqual(["c"]);
    expect(await emit({ scope: "session", sessionId: "s" })).toEqual(["d"]);
    expect((await world.state("a")).status).toBe("waiting");
  });

  it("is kept in the inbox of one run until a wait for it begins", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const flow = defineWorkflow({
      id: "later",
      entry: "first",
      nodes: {
        first: () => waitEvent({ key: "first", next: "second" }),
        second: () => waitEvent({ name: "e", scope: "run", resultKey: "said", next: "end" }),
        end: (run) => complete(run.vars.said),
      },
    });
    for (const id of ["a", "b"]) await runtime.start(flow, { id });
    const to = { scope: "run", runId: "a", eventId: "e-1" } as const;
    for (let time = 0; time < 2; time += 1)
      expect(await runtime.emitEvent("e", "hello", to)).toEqual({
        deliveredTo: ["a"],
        kept: false,
      });
    await runtime.emitEvent("first");
    expect(await world.state("a")).toMatchObject({ status: "completed", output: "hello" });
    expect(await world.state("b")).toMatchObject({ currentNode: "second", status: "waiting" });
  });

  it("is kept for the first run of its session that waits later", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const to = { scope: "session", sessionId: "s" } as const;
    expect(await runtime.emitEvent("e", 1, to)).toEqual({ deliveredTo: [], kept: true });
    const other = await runtime.start(hears("one", session), { sessionId: "t" });
    const run = await runtime.start(hears("one", session), { sessionId: "s" });
    expect(await run.result()).toBe(1);
    expect((await other.state()).status).toBe("waiting");
  });

  it("counts once per run when a webhook is delivered twice", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const twice = defineWorkflow({
      id: "twice",
      entry: "first",
      nodes: {
        first: () => waitEvent({ ...session, next: "second" }),
        second: () => waitEvent({ ...session, next: "end" }),
        end: () => complete(null),
      },
    });
    await runtime.start(twice, { id: "run", sessionId: "s" });
    const to = { scope: "session", sessionId: "s" } as const;
    await runtime.emitEvent("e", 1, { ...to, eventId: "delivery-1" });
    await runtime.emitEvent("e", 1, { ...to, eventId: "delivery-1" });
    expect(await world.state("run")).toMatchObject({ currentNode: "second", status: "waiting" });
    await runtime.emitEvent("e", 1, { ...to, eventId: "delivery-2" });
    expect((await world.state("run")).status).toBe("completed");
  });

  it("is one of several things, and the result names it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const first = defineWorkflow({
      id: "first",
      entry: "wait",
      nodes: {
        wait: () => waitAny({ events: ["plain", session], resultKey: "won", next: "end" }),
        end: (run) => complete(run.vars.won),
      },
    });
    const key = eventKey("e", { scope: "session", sessionId: "s" });
    for (const id of ["a", "b"]) await runtime.start(first, { id, sessionId: "s" });
    expect((await runtime.listRuns({ waitKey: key })).items).toHaveLength(2);
    await runtime.emitEvent("plain", 1, { runId: "a" });
    await runtime.emitEvent("e", 2, { scope: "session", sessionId: "s" });
    expect((await world.state("a")).output).toEqual({ won: "event", key: "plain", payload: 1 });
    expect((await world.state("b")).output).toEqual({
      won: "event",
      key,
      name: "e",
      scope: "session",
      payload: 2,
    });
  });

  it("reaches children, which have the session and, as branches, the workflow of their parent", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const family = defineWorkflow({
      id: "family",
      entry: "start",
      nodes: {
        start: () => branches([{ node: "s" }, { node: "w" }], { next: "end" }),
        s: () => waitEvent({ ...session, next: "said" }),
        w: () => waitEvent({ name: "e", scope: "workflow", next: "said" }),
        said: () => complete("heard"),
        end: () => complete("both"),
      },
    });
    const run = await runtime.start(family, { sessionId: "s" });
    await runtime.emitEvent("e", 1, { scope: "session", sessionId: "s" });
    await runtime.emitEvent("e", 1, { scope: "workflow", workflowId: "family" });
    expect(await run.result()).toBe("both");
  });

  it("fails the wait of a run that has no session, before it begins", async () => {
    const world = newWorld();
    const run = await world.runtime().start(hears("one", session), { id: "run" });
    expect(await codeOf(run.result())).toBe("run_failed");
    expect((await world.state("run")).error?.message).toContain("the run has no session");
  });

  it("is for a fork under its own id, and for its origin under the origin's", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const origin = await runtime.start(hears("one", { name: "e", scope: "run" }), { id: "origin" });
    const { seq } = await origin.state();
    const fork = await origin.fork({ id: "fork", atSeq: seq, effects: "ask", drive: false });
    expect((await fork.state()).waiting?.waitKeys).toEqual(["evt:run:fork:e"]);
    await runtime.emitEvent("e", "to the fork", { scope: "run", runId: "fork" });
    expect(await fork.result()).toBe("to the fork");
    expect((await world.state("origin")).status).toBe("waiting");
  });
});
