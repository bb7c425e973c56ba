import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { askUser, waitUntil } from "../builtin/plan-waits.ts";
import { complete, goto } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const chain = defineWorkflow({
  id: "chain",
  entry: "a",
  nodes: {
    a: (run) => {
      run.vars.seen = ["a"];
      return goto("b");
    },
    b: (run) => {
      run.vars.seen.push("b");
      return goto("c");
    },
    c: (run) => complete(run.vars.seen),
  },
});
const works = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "last" }),
    last: (run) => complete(run.vars.r),
  },
});

describe("Runtime.tick", () => {
  it("drives as many handlers as it may", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(chain, { drive: false });
    expect(await run.tick({ maxSteps: 1 })).toMatchObject({
      currentNode: "b",
      vars: { seen: ["a"] },
    });
    expect(await run.tick({ maxSteps: 0 })).toMatchObject({ currentNode: "b" });
    expect(await run.tick()).toMatchObject({ status: "completed", output: ["a", "b"] });
    expect(await codeOf(run.tick({ maxSteps: -1 }))).toBe("invalid_argument");
    await world.state(run.runId);
  });

  it("begins an effect as ready where its budget ends before it, for anybody to do", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run", maxSteps: 1 });
    await world.settle();
    work.calls[0]?.resolve("done");
    await driving;
    expect(await world.state("run")).toMatchObject({
      status: "running",
      currentNode: "last",
      vars: { r: "done" },
    });
    expect((await world.store.load("run"))?.head.leaseId).toBeNull();
  });

  it("hands out runs that can't be changed", async () => {
    const runtime = newWorld().runtime();
    const run = await runtime.start(chain);
    const state = await run.state();
    expect(() => Object.assign(state.vars, { x: 1 })).toThrowError(TypeError);
  });

  it("returns a run that waits, sleeps or has ended as it is, without a write", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const asks = defineWorkflow({
      id: "asks",
      entry: "a",
      nodes: { a: () => askUser({ prompt: "?", next: "a" }) },
    });
    const sleeps = defineWorkflow({
      id: "sleeps",
      entry: "a",
      nodes: { a: () => waitUntil({ afterMs: 9, next: "a" }) },
    });
    for (const workflow of [asks, sleeps, chain]) {
      const run = await runtime.start(workflow);
      const before = await world.store.load(run.runId);
      expect(await run.tick()).toEqual(before?.run);
      expect((await world.store.load(run.runId))?.head).toEqual(before?.head);
    }
  });

  it("refuses a run that another runtime drives, and says until when", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const driver = world.runtime({ effects: [work] });
    driver.start(works, { id: "run" }).catch(() => {});
    await world.settle();
    const other = world.runtime({ effects: [work], workflows: [works] });
    await expect(other.tick("run")).rejects.toMatchObject({
      code: "run_leased",
      details: { owner: "owner-1", until: "2026-01-01T00:00:30.000Z" },
    });
  });

  it("does not know unknown runs and workflows, and leaves the latter unclaimed", async () => {
    const world = newWorld();
    await world.runtime().start(chain, { id: "run", drive: false });
    const stranger = world.runtime();
    const before = await world.store.load("run");
    expect(await codeOf(stranger.tick("run"))).toBe("workflow_not_registered");
    expect(await codeOf(stranger.tick("nobody"))).toBe("run_not_found");
    expect(await world.store.load("run")).toEqual(before);
    expect(world.store.claims).toBe(0);
  });

  it("refuses a run whose graph changed, untouched and unclaimed, and drives it with its own beside", async () => {
    const world = newWorld();
    await world.runtime().start(chain, { id: "run", drive: false });
    const changed = defineWorkflow({
      id: "chain",
      version: "2",
      entry: "a",
      nodes: { a: () => complete(2) },
    });
    const before = await world.store.load("run");
    const newer = world.runtime({ workflows: [changed] });
    await expect(newer.tick("run")).rejects.toMatchObject({
      code: "workflow_changed",
      message: expect.stringContaining("Register the old version beside it"),
    });
    expect(await world.store.load("run")).toEqual(before);
    const both = world.runtime({ workflows: [chain, changed] });
    expect(await both.tick("run")).toMatchObject({ output: ["a", "b"] });
  });

  it("lets two runtimes work side by side, each run driven once", async () => {
    const world = newWorld();
    const seen: string[] = [];
    const perform = (_payload: unknown, { runId }: { runId: string }) => {
      seen.push(runId);
      return runId;
    };
    const effect = { ...handHeld({ type: "work" }), perform };
    const runtimes = [1, 2].map(() => world.runtime({ effects: [effect], workflows: [works] }));
    const ids = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    for (const id of ids) await runtimes[0]!.start(works, { id, drive: false });
    await Promise.allSettled(ids.flatMap((id) => runtimes.map((runtime) => runtime.tick(id))));
    expect(seen.toSorted()).toEqual(ids.toSorted());
    for (const id of ids)
      expect(await world.state(id)).toMatchObject({ status: "completed", output: id });
  });
});

describe("a runtime's context and clock", () => {
  it("reach node and effect handlers", async () => {
    const world = newWorld();
    const seen: unknown[] = [];
    const effect = {
      ...handHeld({ type: "work" }),
      perform: (
        _payload: unknown,
        context: {
          context: unknown;
          now(): number;
          stepId: string;
          nodeId: string;
          workflowId: string;
          actorId: string | null;
          sessionId: string | null;
          parentRunId: string | null;
          logger: unknown;
        },
      ) => {
        seen.push([
          context.context,
          context.now(),
          context.stepId,
          context.nodeId,
          context.workflowId,
        ]);
        seen.push([context.actorId, context.sessionId, context.parentRunId, typeof context.logger]);
        return 1;
      },
    };
    const workflow = defineWorkflow({
      id: "context",
      entry: "first",
      nodes: {
        first: (_run, context) => {
          seen.push([
            context.context,
            context.now(),
            context.nowIso(),
            context.random() < 1,
            context.runId,
          ]);
          return { effect: { type: "work" }, nextNode: "last" };
        },
        last: () => complete(1),
      },
    });
    await world
      .runtime({ effects: [effect], context: { db: 1 } })
      .start(workflow, { id: "run", actorId: "ann" });
    const now = world.clock.now();
    expect(seen).toEqual([
      [{ db: 1 }, now, "2026-01-01T00:00:00.000Z", true, "run"],
      [{ db: 1 }, now, "run:1", "first", "context"],
      ["ann", null, null, "object"],
    ]);
  });
});
