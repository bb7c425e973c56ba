import {
  askUser,
  branches,
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  fail,
  isEnded,
  RetryPolicy,
  startSubworkflow,
  startSubworkflows,
  type Runtime,
  type RunState,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../../core/test/world.ts";
import { claimedBy } from "../support/claimed-by.ts";

const child = defineWorkflow({
  id: "child",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "?", resultKey: "said", next: "end" }),
    end: (run) => complete(run.vars.said),
  },
});

const parentOf = (workflow: string, options: { async?: boolean } = {}): Workflow =>
  defineWorkflow({
    id: "parent",
    entry: "start",
    nodes: {
      start: () => startSubworkflow({ workflow, ...options, resultKey: "r", next: "end" }),
      end: (run) => complete(run.vars.r),
    },
  });

/** Waits for several children at once. */
const parentOfThree = defineWorkflow({
  id: "parent-of-three",
  entry: "start",
  nodes: {
    start: () =>
      startSubworkflows(
        [0, 1, 2].map(() => ({ workflow: "child" })),
        { resultKey: "r", next: "end" },
      ),
    end: (run) => complete(run.vars.r.results.map((result: { output: unknown }) => result.output)),
  },
});

const mending = defineWorkflow({
  id: "mending",
  entry: "start",
  nodes: {
    start: () =>
      startSubworkflow({ workflow: "child", resultKey: "r", next: "end", onError: "mend" }),
    end: () => complete("well"),
    mend: (run) => complete(run.vars.r.error.code),
  },
});

async function childrenOf(world: World, runId: string): Promise<readonly RunState[]> {
  const { items } = await world.store.listChildren(runId);
  return items.map(({ run }) => run);
}

async function onlyChild(world: World, runId: string): Promise<RunState> {
  const [first, ...more] = await childrenOf(world, runId);
  if (first === undefined || more.length > 0) throw new Error(`${more.length} more children`);
  return first;
}

const answer = async (runtime: Runtime, run: RunState, said: string): Promise<RunState> =>
  runtime.resume(run.runId, said, { waitId: run.waiting?.waitId });

describe("subworkflows", () => {
  it("0.2.0 D15: a child's end wakes its parent by itself", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(parentOf("child"));
    expect(await run.state()).toMatchObject({ status: "waiting" });
    await answer(runtime, await onlyChild(world, run.runId), "hello");
    expect(await run.state()).toMatchObject({ status: "completed", output: { output: "hello" } });
  });

  it("0.2.0 D15: the parent of a child that another process ended is due", async () => {
    const world = newWorld();
    const run = await world.runtime({ workflows: [child] }).start(parentOf("child"));
    const elsewhere = world.runtime({ workflows: [child] });
    await answer(elsewhere, await onlyChild(world, run.runId), "hello");
    expect(await claimedBy("worker", world.store)).toEqual([run.runId]);
  });

  it("0.2.0 D15: a parent hears that its child was cancelled or failed", async () => {
    const world = newWorld();
    const failing = defineWorkflow({ id: "child", entry: "a", nodes: { a: () => fail("broke") } });
    const cancelling = world.runtime({ workflows: [child] });
    const [plain, mended] = [
      await cancelling.start(parentOf("child")),
      await cancelling.start(mending),
    ];
    for (const run of [plain, mended])
      await cancelling.cancelRun((await onlyChild(world, run.runId)).runId, "enough");
    expect((await plain.state()).error?.message).toContain("was cancelled: enough");
    expect(await mended.result()).toBe("run_cancelled");
    const other = newWorld().runtime({ workflows: [failing] });
    expect(await (await other.start(mending)).result()).toBe("run_failed");
  });

  it("0.2.0 D15: nobody can forge a child's end", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(parentOf("child"));
    const { waiting } = await run.state();
    const forged = { sub_run_id: "x", output: "forged" };
    for (const options of [{ waitId: waiting?.waitId }, { waitKey: waiting?.waitKey ?? "" }])
      expect(await codeOf(run.resume(forged, options))).toBe("invalid_answer");
    await runtime.emitEvent(waiting?.waitKey ?? "", forged);
    await runtime.emitEvent(waiting?.waitKey ?? "", forged, { runId: run.runId });
    expect(await run.tick()).toMatchObject({ status: "waiting" });
  });

  it("0.2.0 D15: the last of several children wakes their parent, and no one can stand in for it", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(parentOfThree);
    const [first, second, third] = await childrenOf(world, run.runId);
    for (const part of [third, first])
      if (part !== undefined) await answer(runtime, part, part.runId.slice(-1));
    const { waiting } = await run.state();
    const forged = { completed: 3, failed: 0, results: [] };
    const options = { waitId: waiting?.waitId };
    expect(await codeOf(run.resume(forged, options))).toBe("invalid_answer");
    expect(await run.tick()).toMatchObject({ status: "waiting" });
    const elsewhere = world.runtime({ workflows: [child] });
    if (second !== undefined) await answer(elsewhere, second, "1");
    expect(await claimedBy("worker", world.store)).toEqual([run.runId]);
    await world.clock.advance(60_000);
    expect(await run.tick()).toMatchObject({ status: "completed", output: ["0", "1", "2"] });
  });

  it("0.2.0 D16: a child that nobody waits for is driven all the same", async () => {
    const world = newWorld();
    const quick = defineWorkflow({ id: "quick", entry: "a", nodes: { a: () => complete("done") } });
    const run = await world
      .runtime({ workflows: [quick] })
      .start(parentOf("quick", { async: true }));
    expect(await run.state()).toMatchObject({ status: "completed", output: { async: true } });
    await world.settle();
    expect(await onlyChild(world, run.runId)).toMatchObject({
      status: "completed",
      output: "done",
    });
  });

  it("0.2.0 D16: a child that its starter has no time to drive is due", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(parentOf("child", { async: true }), { maxSteps: 1 });
    await runtime.close();
    const born = await onlyChild(world, run.runId);
    expect(await claimedBy("worker", world.store)).toContain(born.runId);
  });

  it("0.2.0 D39: a parent is found however many runs wait", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(parentOf("child"));
    const born = await onlyChild(world, run.runId);
    await world.clock.advance(1_000);
    for (let others = 0; others < 1_001; others += 1) await runtime.start(child);
    await answer(runtime, born, "found");
    expect(await run.state()).toMatchObject({ status: "completed" });
  });

  it("0.2.0 D40: a cancel reaches grandchildren below a child that has ended", async () => {
    const world = newWorld();
    const middle = defineWorkflow({
      id: "middle",
      entry: "start",
      nodes: {
        start: () => startSubworkflow({ workflow: "child", async: true, next: "end" }),
        end: () => complete("early"),
      },
    });
    const root = defineWorkflow({
      id: "root",
      entry: "start",
      nodes: {
        start: () => startSubworkflow({ workflow: "middle", next: "ask" }),
        ask: () => askUser({ prompt: "?", next: "end" }),
        end: () => complete(null),
      },
    });
    const runtime = world.runtime({ workflows: [child, middle] });
    const run = await runtime.start(root);
    await world.settle();
    const between = await onlyChild(world, run.runId);
    const below = await onlyChild(world, between.runId);
    expect([between.status, below.status]).toEqual(["completed", "waiting"]);
    await run.cancel("all of it");
    expect(await world.state(below.runId)).toMatchObject({
      status: "cancelled",
      error: { message: "all of it" },
    });
    const { seq } = await run.state();
    await run.cancel("again");
    expect(await run.state()).toMatchObject({ seq, error: { message: "all of it" } });
  });

  it("0.2.0 D40: a cancel reaches branches of branches, and what those that ended left behind", async () => {
    const world = newWorld();
    const spreading = defineWorkflow({
      id: "spreading",
      entry: "spread",
      nodes: {
        spread: () => branches([{ node: "spread2" }, { node: "leave" }], { next: "end" }),
        spread2: () => branches([{ node: "ask" }, { node: "ask" }], { next: "end" }),
        leave: () => startSubworkflow({ workflow: "child", async: true, next: "end" }),
        ask: () => askUser({ prompt: "?", next: "end" }),
        end: () => complete("early"),
      },
    });
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(spreading);
    await world.settle();
    const family = async (): Promise<readonly string[]> =>
      (await world.store.list()).items
        .filter((stored) => stored.run.runId !== run.runId)
        .map((stored) => stored.run.status)
        .toSorted();
    expect(await family()).toEqual(["completed", "waiting", "waiting", "waiting", "waiting"]);
    await run.cancel("all of it");
    await world.settle();
    const cancelled = Array<string>(4).fill("cancelled");
    expect(await family()).toEqual([...cancelled, "completed"]);
  });

  it("0.2.0 D40: cancelling a run cancels the child it waits for", async () => {
    const world = newWorld();
    const run = await world.runtime({ workflows: [child] }).start(parentOf("child"));
    await run.cancel("stop");
    expect(await onlyChild(world, run.runId)).toMatchObject({ status: "cancelled" });
  });

  it("0.2.0 D41: a failing child is started once, whatever the attempts", async () => {
    const world = newWorld();
    const broken = defineEffect({
      type: "llm_call",
      replay: "safe",
      retry: { maxAttempts: 1 },
      perform: () => {
        throw new EffectError("quota");
      },
    });
    const calls = defineWorkflow({
      id: "calls",
      entry: "a",
      nodes: { a: () => broken({}, { next: "b" }), b: () => complete(null) },
    });
    const policy = new RetryPolicy({ attempts: { start_subworkflow: 3 } });
    const options = { workflows: [calls], effects: [broken], policy };
    const run = await world.runtime(options).start(parentOf("calls"));
    expect(await run.state()).toMatchObject({ status: "failed" });
    expect(isEnded(await onlyChild(world, run.runId))).toBe(true);
  });

  it("0.2.0 D41: failing children of one step are started once each, whatever the attempts", async () => {
    const world = newWorld();
    const failing = defineWorkflow({ id: "child", entry: "a", nodes: { a: () => fail("broke") } });
    const policy = new RetryPolicy({ attempts: { start_subworkflows: 3 } });
    const run = await world.runtime({ workflows: [failing], policy }).start(parentOfThree);
    expect(await run.state()).toMatchObject({ status: "failed" });
    const children = await childrenOf(world, run.runId);
    expect(children.length).toBe(3);
    expect(children.every(isEnded)).toBe(true);
  });

  it("0.2.0 D42: a workflow that branches into itself stops", async () => {
    const world = newWorld();
    const endless = defineWorkflow({
      id: "endless",
      entry: "again",
      nodes: {
        again: () => branches([{ node: "again" }], { next: "end" }),
        end: () => complete(null),
      },
    });
    const run = await world.runtime({ maxDepth: 20 }).start(endless);
    const { status, error } = await run.state();
    expect(status).toBe("failed");
    expect(error?.message.length).toBeLessThan(3_000);
    const { items } = await world.store.list();
    expect(items.length).toBe(21);
  });
});
