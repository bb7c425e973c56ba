import { describe, expect, it } from "vitest";
import { z } from "zod";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { complete, fail, goto } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { NodeHandler } from "../workflow/node-handler.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- workflows without schemas
type Handler = NodeHandler<string, any, any>;

const child = (...nodes: readonly [Handler, Handler?]) =>
  defineWorkflow<string>({
    id: "child",
    entry: "first",
    nodes: { first: nodes[0], second: nodes[1] ?? ((run) => complete(run.vars.said)) },
  });

/** Starts the child as its plan says and ends with what came of it. */
const parent = (options: object = {}) =>
  defineWorkflow<string>({
    id: "parent",
    entry: "first",
    nodes: {
      first: () =>
        startSubworkflow({
          workflow: "child",
          vars: { n: 20 },
          resultKey: "sub",
          next: "last",
          ...options,
        }),
      last: (run) => complete(run.vars.sub),
      mend: (run) => complete({ mended: run.vars.sub.error.message }),
      late: (run) => complete({ late: run.vars.sub }),
    },
  });

async function childOf(world: ReturnType<typeof newWorld>, runId: string): Promise<string> {
  const [only] = (await world.store.listChildren(runId)).items;
  if (only === undefined) throw new Error(`${runId} has no child`);
  return only.run.runId;
}

describe("a child that its parent waits for", () => {
  it("completes at once, and its output is the step's result", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child((run) => complete(run.vars.n + 1))] });
    const { runId } = await runtime.start(parent(), { actorId: "ann", sessionId: "s" });
    const childId = await childOf(world, runId);
    expect(await world.state(runId)).toMatchObject({
      status: "completed",
      output: { sub_run_id: childId, output: 21 },
    });
    expect(await world.state(childId)).toMatchObject({
      status: "completed",
      parentRunId: runId,
      parent: { runId, stepId: `${runId}:1` },
      depth: 1,
      actorId: "ann",
      sessionId: "s",
    });
  });

  it("waits itself, and drives its parent on when it is answered", async () => {
    const world = newWorld();
    const waits = child(() => waitEvent({ key: "k", resultKey: "said", next: "second" }));
    const runtime = world.runtime({ workflows: [waits] });
    const { runId } = await runtime.start(parent(), { id: "run" });
    const childId = await childOf(world, runId);
    expect(await world.state(runId)).toMatchObject({
      status: "waiting",
      waiting: {
        reason: "subworkflow",
        waitKey: `subworkflow:${childId}`,
        details: { sub_run_id: childId, sub_workflow_id: "child" },
      },
    });
    await runtime.emitEvent("k", "hello");
    expect(await world.state(runId)).toMatchObject({ output: { output: "hello" } });
  });

  it("is slept through by whoever runs the parent to its end", async () => {
    const world = newWorld();
    const sleeps = child(() => waitUntil({ afterMs: 60_000, resultKey: "said", next: "second" }));
    const runtime = world.runtime({ workflows: [sleeps] });
    const handle = await runtime.start(parent());
    const running = handle.run();
    await world.clock.advance(120_000);
    expect(await running).toMatchObject({
      status: "completed",
      output: { output: { ready: true } },
    });
  });

  it("may fail, and then its parent does", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child(() => fail("no luck"))] });
    const { runId } = await runtime.start(parent());
    expect(await world.state(runId)).toMatchObject({
      status: "failed",
      error: {
        code: "effect_failed",
        message: expect.stringContaining("Subworkflow 'child' failed: no luck"),
      },
    });
  });

  it("may fail, and its parent's onError node goes on", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child(() => fail("no luck"))] });
    const { runId } = await runtime.start(parent({ onError: "mend" }));
    expect(await world.state(runId)).toMatchObject({
      output: { mended: "Subworkflow 'child' failed: no luck" },
    });
  });

  it("may be cancelled, which its parent hears as a failure", async () => {
    const world = newWorld();
    const waits = child(() => waitEvent({ key: "k", next: "second" }));
    const runtime = world.runtime({ workflows: [waits] });
    const { runId } = await runtime.start(parent({ onError: "mend" }));
    await runtime.cancelRun(await childOf(world, runId), "not needed");
    expect(await world.state(runId)).toMatchObject({
      output: { mended: "Subworkflow 'child' was cancelled: not needed" },
    });
  });

  it("is cancelled when its parent has waited long enough", async () => {
    const world = newWorld();
    const waits = child(() => waitEvent({ key: "k", next: "second" }));
    const runtime = world.runtime({ workflows: [waits] });
    const handle = await runtime.start(parent({ timeoutMs: 1_000, timeoutNode: "late" }));
    const running = handle.run();
    await world.clock.advance(2_000);
    expect(await running).toMatchObject({ output: { late: { timed_out: true } } });
    const childId = await childOf(world, handle.runId);
    await runtime.tick(childId);
    expect(await world.state(childId)).toMatchObject({
      status: "cancelled",
      error: { message: `run ${handle.runId} does not wait for it any more` },
    });
  });

  it("is the same child when its start is repeated after a crash", async () => {
    const world = newWorld();
    let crash = true;
    world.store.beforeCommit = () => {
      if (!crash) return;
      crash = false;
      throw new Error("crash");
    };
    const runtime = world.runtime({ workflows: [parent(), child(() => complete(1))] });
    const handle = await runtime.start(parent(), { drive: false });
    await expect(handle.tick()).rejects.toThrow("crash");
    await world.clock.advance(30_001);
    await handle.tick();
    expect((await world.store.listChildren(handle.runId)).items).toHaveLength(1);
    expect((await handle.state()).status).toBe("completed");
  });
});

describe("a child that can't be", () => {
  it("fails its step when nobody registered its workflow", async () => {
    const world = newWorld();
    const { runId } = await world.runtime().start(parent());
    expect(await world.state(runId)).toMatchObject({
      status: "failed",
      error: { details: { cause: { code: "workflow_not_registered" } } },
    });
  });

  it("fails its step when its vars do not match its schema", async () => {
    const world = newWorld();
    const strict = defineWorkflow({
      id: "child",
      entry: "first",
      vars: z.object({ name: z.string() }),
      nodes: { first: () => complete(1) },
    });
    const { runId } = await world.runtime({ workflows: [strict] }).start(parent());
    expect(await world.state(runId)).toMatchObject({
      error: {
        details: {
          cause: { code: "schema_mismatch", message: expect.stringContaining("vars.name") },
        },
      },
    });
    expect((await world.store.listChildren(runId)).items).toHaveLength(0);
  });

  it("ends a workflow that starts itself for ever, and says so", async () => {
    const world = newWorld();
    const recursive = defineWorkflow<string>({
      id: "child",
      entry: "first",
      nodes: {
        first: () => startSubworkflow({ workflow: "child", next: "last" }),
        last: () => complete(1),
      },
    });
    const { runId } = await world.runtime({ maxDepth: 5 }).start(recursive);
    const root = await world.state(runId);
    expect(root).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("has 5 ancestors") },
    });
    expect(root.error?.message).toContain("look for a workflow that starts itself");
    expect((await world.store.list({ limit: 100 })).items).toHaveLength(6);
  });
});

describe("a child that its parent does not wait for", () => {
  const detached = defineWorkflow<string>({
    id: "parent",
    entry: "first",
    nodes: {
      first: () =>
        startSubworkflow({ workflow: "child", async: true, resultKey: "sub", next: "listen" }),
      listen: (run) =>
        waitEvent({
          key: `subworkflow:${run.vars.sub.sub_run_id}`,
          resultKey: "end",
          next: "last",
        }),
      last: (run) => complete(run.vars.end),
    },
  });

  it("is driven in the background, and its end is an event for its parent", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const works = child(() => ({
      effect: { type: "work", resultKey: "said" },
      nextNode: "second",
    }));
    const runtime = world.runtime({ workflows: [works], effects: [work] });
    const { runId } = await runtime.start(detached);
    const childId = await childOf(world, runId);
    await world.settle();
    expect(await world.state(runId)).toMatchObject({
      status: "waiting",
      vars: { sub: { sub_run_id: childId, async: true } },
    });
    work.calls[0]?.resolve("done");
    await world.settle();
    await world.settle();
    expect(await world.state(runId)).toMatchObject({
      status: "completed",
      output: { sub_run_id: childId, status: "completed", output: "done", error: null },
    });
  });

  it("may end before its parent listens", async () => {
    const world = newWorld();
    const listensLater = defineWorkflow<string>({
      id: "parent",
      entry: "first",
      nodes: {
        first: () =>
          startSubworkflow({ workflow: "child", async: true, resultKey: "sub", next: "nap" }),
        nap: () => waitEvent({ key: "go", next: "listen" }),
        listen: (run) =>
          waitEvent({
            key: `subworkflow:${run.vars.sub.sub_run_id}`,
            resultKey: "end",
            next: "last",
          }),
        last: (run) => complete(run.vars.end.output),
      },
    });
    const runtime = world.runtime({ workflows: [child(() => complete("early"))] });
    const { runId } = await runtime.start(listensLater);
    await world.settle();
    expect(await world.state(await childOf(world, runId))).toMatchObject({ status: "completed" });
    await runtime.emitEvent("go");
    expect(await world.state(runId)).toMatchObject({ status: "completed", output: "early" });
  });
});

describe("cancelling a family", () => {
  it("reaches children and grandchildren, and those below children that ended", async () => {
    const world = newWorld();
    const leaf = defineWorkflow<string>({
      id: "leaf",
      entry: "first",
      nodes: { first: () => waitEvent({ key: "never", next: "last" }), last: () => complete(1) },
    });
    const middle = defineWorkflow<string>({
      id: "child",
      entry: "first",
      nodes: {
        first: () => startSubworkflow({ workflow: "leaf", async: true, next: "last" }),
        last: () => complete("ended before its child"),
      },
    });
    const root = defineWorkflow<string>({
      id: "root",
      entry: "first",
      nodes: {
        first: () => startSubworkflow({ workflow: "child", next: "second" }),
        second: () => startSubworkflow({ workflow: "leaf", async: true, next: "third" }),
        third: () => waitEvent({ key: "never", next: "last" }),
        last: () => goto("last"),
      },
    });
    const runtime = world.runtime({ workflows: [leaf, middle] });
    const { runId } = await runtime.start(root);
    await world.settle();
    await runtime.cancelRun(runId, "all of it", { by: "ann" });
    const { items } = await world.store.list({ limit: 100 });
    const ends = items.map(({ run }) => `${run.workflowId} ${run.status}`);
    expect(ends.toSorted()).toEqual([
      "child completed",
      "leaf cancelled",
      "leaf cancelled",
      "root cancelled",
    ]);
    for (const { run } of items) await world.state(run.runId);
    expect(await codeOf(runtime.result(runId))).toBe("run_cancelled");
  });
});
