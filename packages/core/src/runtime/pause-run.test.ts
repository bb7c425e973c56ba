import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld, type World } from "../../test/world.ts";
import { askUser, startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Runtime } from "./runtime.ts";

const asks = defineWorkflow({
  id: "asks",
  entry: "first",
  nodes: {
    first: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});
const impatient = defineWorkflow({
  id: "impatient",
  entry: "first",
  nodes: {
    first: () =>
      askUser({ prompt: "?", key: "k", resultKey: "said", next: "last", timeoutMs: 1_000 }),
    last: (run) => complete(run.vars.said),
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
const listensTwice = defineWorkflow({
  id: "listens-twice",
  entry: "first",
  nodes: {
    first: () => waitEvent({ key: "k", resultKey: "a", next: "second" }),
    second: () => waitEvent({ key: "k", resultKey: "b", next: "last" }),
    last: (run) => complete([run.vars.a, run.vars.b]),
  },
});
const parent = defineWorkflow({
  id: "parent",
  entry: "first",
  nodes: {
    first: () => startSubworkflow({ workflow: "asks", resultKey: "child", next: "last" }),
    last: (run) => complete(run.vars.child),
  },
});
const grandparent = defineWorkflow({
  id: "grandparent",
  entry: "first",
  nodes: {
    first: () => startSubworkflow({ workflow: "parent", resultKey: "child", next: "last" }),
    last: (run) => complete(run.vars.child),
  },
});

/** A run and everything below it, top first. */
async function familyOf(world: World, runId: string): Promise<readonly string[]> {
  const ids = [runId];
  for (const id of ids)
    for (const { run } of (await world.store.listChildren(id)).items) ids.push(run.runId);
  return ids;
}

async function pausedOf(world: World, runIds: readonly string[]): Promise<readonly boolean[]> {
  return Promise.all(runIds.map(async (runId) => (await world.state(runId)).paused));
}

const startFamily = async (world: World): Promise<{ runtime: Runtime; ids: readonly string[] }> => {
  const runtime = world.runtime({ workflows: [asks, parent, grandparent] });
  await runtime.start(grandparent, { id: "top" });
  const ids = await familyOf(world, "top");
  expect(ids).toHaveLength(3);
  return { runtime, ids };
};

describe("a paused run", () => {
  it("has its effect's signal aborted as a pause, and its step stays open", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    const { signal } = work.calls[0]!.context;
    expect(signal.aborted).toBe(false);
    await runtime.pauseRun("run", { by: "ann" });
    await driving;
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ interruption: "pause" });
    expect(await world.kinds("run")).toEqual(["created", "begun", "paused"]);
    expect(await world.state("run")).toMatchObject({ pending: { phase: "begun" }, paused: true });
    expect((await world.store.load("run"))?.head).toMatchObject({ wakeAt: null, leaseId: null });
  });

  it("is asked nothing while it is paused, by tick, run or a claim", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    await runtime.start(works, { id: "run", drive: false });
    await runtime.pauseRun("run");
    const before = await world.kinds("run");
    expect(await runtime.tick("run")).toMatchObject({ paused: true });
    expect(await runtime.run("run")).toMatchObject({ paused: true });
    await world.clock.advance(365 * 86_400_000);
    const request = { owner: "o", leaseMs: 1_000, limit: 1, leaseIds: ["l"] };
    expect((await world.store.claimDue(request)).runs).toEqual([]);
    expect(work.calls).toEqual([]);
    expect(await world.kinds("run")).toEqual(before);
  });

  it("does not time out while it is paused, and does so when it goes on", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(impatient, { id: "run" });
    await runtime.pauseRun("run");
    await world.clock.advance(5_000);
    expect(await runtime.tick("run")).toMatchObject({ status: "waiting", paused: true });
    expect(await runtime.unpauseRun("run")).toMatchObject({
      status: "completed",
      output: { timed_out: true },
    });
  });

  it("waits on after a pause that was shorter than its timeout", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(impatient, { id: "run" });
    const wakeAt = (await world.store.load("run"))?.head.wakeAt;
    await runtime.pauseRun("run");
    expect((await world.store.load("run"))?.head.wakeAt).toBeNull();
    await world.clock.advance(400);
    await runtime.unpauseRun("run");
    expect((await world.store.load("run"))?.head.wakeAt).toBe(wakeAt);
    expect(await world.state("run")).toMatchObject({ status: "waiting", paused: false });
  });

  it("takes an answer that came during the pause, though the timeout has passed", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(impatient, { id: "run" });
    await runtime.pauseRun("run");
    await world.clock.advance(5_000);
    await runtime.resume("run", "late, but first", { waitKey: "k" });
    expect(await world.state("run")).toMatchObject({ status: "waiting" });
    expect(await runtime.unpauseRun("run")).toMatchObject({ output: "late, but first" });
  });

  it("reads what came meanwhile in the order in which it came", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(listensTwice, { id: "run" });
    await runtime.pauseRun("run");
    await runtime.emitEvent("k", "one");
    await runtime.emitEvent("k", "two");
    await runtime.emitEvent("k", "three");
    expect(await world.kinds("run")).toEqual(["created", "begun", "waiting", "paused"]);
    expect(await runtime.unpauseRun("run")).toMatchObject({ output: ["one", "two"] });
  });

  it("reads what came before a second pause first, and keeps what came after it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(listensTwice, { id: "run" });
    await runtime.pauseRun("run");
    await runtime.emitEvent("k", "one", { drive: false });
    await world.store.deliver("run", {
      kind: "unpause",
      messageId: "u",
      by: null,
      sentAt: "2026-01-01T00:00:00Z",
    });
    await runtime.pauseRun("run", { messageId: "p" });
    await runtime.emitEvent("k", "two");
    expect(await world.state("run")).toMatchObject({ paused: true });
    expect(await runtime.unpauseRun("run")).toMatchObject({ output: ["one", "two"] });
  });

  it("keeps the end of a child until it goes on", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asks, parent] });
    await runtime.start(parent, { id: "top" });
    const [, child] = await familyOf(world, "top");
    await runtime.pauseRun("top");
    await runtime.resume(child!, "from the child", { waitKey: "k" });
    expect(await world.state(child!)).toMatchObject({ status: "completed" });
    expect(await world.state("top")).toMatchObject({ status: "waiting", paused: true });
    expect(await runtime.unpauseRun("top")).toMatchObject({
      status: "completed",
      output: { output: "from the child" },
    });
  });

  it("uses the end of an attempt that came in spite of the pause", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work", replay: "never" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    await runtime.pauseRun("run");
    await driving;
    work.calls[0]?.resolve("in spite");
    await world.settle();
    expect(await world.state("run")).toMatchObject({ paused: true, status: "running" });
    expect(await runtime.unpauseRun("run")).toMatchObject({ output: "in spite" });
    expect(work.calls).toHaveLength(1);
  });

  it("asks how an attempt ended that must not be repeated", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work", replay: "never" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    await runtime.pauseRun("run");
    await driving;
    const run = await runtime.unpauseRun("run");
    expect(run).toMatchObject({ status: "waiting", waiting: { gate: "unknown_outcome" } });
    expect(work.calls).toHaveLength(1);
  });

  it("can be cancelled, and its kept messages die with it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    await runtime.pauseRun("run");
    await runtime.resume("run", "never read", { waitKey: "k" });
    expect(await runtime.cancelRun("run", "enough")).toMatchObject({ status: "cancelled" });
    expect(await world.kinds("run")).toEqual([
      "created",
      "begun",
      "waiting",
      "paused",
      "cancelled",
    ]);
    expect(await codeOf(runtime.unpauseRun("run"))).toBe("run_ended");
  });

  it("is cancelled with its parent", async () => {
    const world = newWorld();
    const { runtime, ids } = await startFamily(world);
    await runtime.pauseRun(ids[2]!);
    await runtime.cancelRun("top");
    for (const runId of ids)
      expect(await world.state(runId)).toMatchObject({ status: "cancelled" });
  });
});

describe("Runtime.pauseRun and unpauseRun", () => {
  it("leave a run alone that is as they would make it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    expect(await runtime.unpauseRun("run")).toMatchObject({ paused: false });
    await runtime.pauseRun("run", { by: "ann" });
    expect(await runtime.pauseRun("run", { by: "bob" })).toMatchObject({ paused: true });
    expect(await world.kinds("run")).toEqual(["created", "begun", "waiting", "paused"]);
    await runtime.unpauseRun("run");
    await runtime.unpauseRun("run");
    expect((await world.kinds("run")).slice(4)).toEqual(["unpaused"]);
  });

  it("count once with a message id, however often they are called", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    for (let call = 0; call < 2; call += 1) await runtime.pauseRun("run", { messageId: "p" });
    await runtime.unpauseRun("run");
    await runtime.pauseRun("run", { messageId: "p" });
    expect(await world.state("run")).toMatchObject({ paused: false });
  });

  it("reach a run that another process drives, at once or at its next look", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const other = world.runtime({ effects: [work] });
    const driving = other.start(works, { id: "run" });
    await world.settle();
    await world.runtime().pauseRun("run");
    expect(await world.state("run")).toMatchObject({ paused: false });
    await world.clock.advance(10_000); // its heartbeat
    await driving;
    expect(await world.state("run")).toMatchObject({ paused: true, pending: { phase: "begun" } });
  });

  it("leave the children of a run alone", async () => {
    const world = newWorld();
    const { runtime, ids } = await startFamily(world);
    await runtime.pauseRun("top");
    expect(await pausedOf(world, ids)).toEqual([true, false, false]);
    await runtime.resume(ids[2]!, "up", { waitKey: "k" });
    expect(await world.state(ids[1]!)).toMatchObject({ status: "completed" });
    expect(await world.state("top")).toMatchObject({ status: "waiting" });
    expect(await runtime.unpauseRun("top")).toMatchObject({ status: "completed" });
  });

  it("tell the whole family when asked to, and it goes on from there", async () => {
    const world = newWorld();
    const { runtime, ids } = await startFamily(world);
    await runtime.pauseRun("top", { children: true, by: "ann" });
    expect(await pausedOf(world, ids)).toEqual([true, true, true]);
    await runtime.resume(ids[2]!, "kept", { waitKey: "k" });
    expect(await world.state(ids[2]!)).toMatchObject({ status: "waiting" });
    await runtime.unpauseRun("top", { children: true });
    await world.settle();
    for (const runId of ids)
      expect(await world.state(runId)).toMatchObject({ status: "completed" });
    expect(await runtime.result("top")).toMatchObject({ output: { output: "kept" } });
  });

  it("finish what a crash left half done when they are called again", async () => {
    const world = newWorld();
    const { runtime, ids } = await startFamily(world);
    await runtime.pauseRun("top");
    await runtime.pauseRun("top", { children: true });
    expect(await pausedOf(world, ids)).toEqual([true, true, true]);
    await runtime.unpauseRun(ids[1]!, { children: true });
    expect(await pausedOf(world, ids)).toEqual([true, false, false]);
    await runtime.unpauseRun("top", { children: true });
    expect(await pausedOf(world, ids)).toEqual([false, false, false]);
  });

  it("work from a handle, too", async () => {
    const world = newWorld();
    const sleeps = defineWorkflow({
      id: "sleeps",
      entry: "first",
      nodes: { first: () => waitUntil({ afterMs: 1_000, next: "last" }), last: () => complete(1) },
    });
    const run = await world.runtime().start(sleeps);
    expect(await run.pause({ by: "ann" })).toMatchObject({ paused: true });
    await world.clock.advance(1_000);
    expect(await run.unpause()).toMatchObject({ status: "completed" });
  });
});
