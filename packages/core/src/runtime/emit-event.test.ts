import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld, type World } from "../../test/world.ts";
import { askUser, waitEvent } from "../builtin/plan-waits.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Runtime } from "./runtime.ts";

const listens = (...keys: readonly string[]) =>
  defineWorkflow({
    id: "listens",
    entry: "first",
    nodes: {
      first: () => waitEvent({ key: keys, resultKey: "said", next: "last" }),
      last: (run) => complete(run.vars.said),
    },
  });

/** Performs `work`, then listens for `k`. */
const worksFirst = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work" }, nextNode: "listen" }),
    listen: () => waitEvent({ key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});

describe("Runtime.emitEvent", () => {
  it("goes to every run that waits for the key, and to no other", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (const id of ["a", "b"]) await runtime.start(listens("k"), { id });
    await runtime.start(listens("other"), { id: "c" });
    const published = await runtime.emitEvent("k", { n: 1 }, { by: "ann" });
    expect(published).toEqual({ deliveredTo: ["a", "b"], kept: false });
    expect(await world.state("a")).toMatchObject({ status: "completed", output: { n: 1 } });
    expect(await world.state("b")).toMatchObject({ status: "completed", output: { n: 1 } });
    expect((await world.state("c")).status).toBe("waiting");
  });

  it("ends a wait for the first of several keys, once", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(listens("a", "b"), { id: "run" });
    await runtime.emitEvent("b", "second key");
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "second key" });
    expect(await runtime.emitEvent("a", "late")).toEqual({ deliveredTo: [], kept: true });
  });

  it("is kept for the first run that waits later, and only for it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    expect(await runtime.emitEvent("k", "early")).toEqual({ deliveredTo: [], kept: true });
    const run = await runtime.start(listens("k"), { id: "first" });
    expect(await run.result()).toBe("early");
    const second = await runtime.start(listens("k"), { id: "second" });
    expect((await second.state()).status).toBe("waiting");
    await world.state("first");
  });

  it("is kept no longer than asked for, 7 days by default", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.emitEvent("short", 1, { keepMs: 1_000 });
    await runtime.emitEvent("long", 1);
    await world.clock.advance(6 * 86_400_000);
    const short = await runtime.start(listens("short"));
    const long = await runtime.start(listens("long"));
    expect((await short.state()).status).toBe("waiting");
    expect((await long.state()).status).toBe("completed");
  });

  it("counts once per run when it is sent again with its id", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const twice = defineWorkflow({
      id: "twice",
      entry: "first",
      nodes: {
        first: () => waitEvent({ key: "k", resultKey: "a", next: "second" }),
        second: () => waitEvent({ key: "k", resultKey: "b", next: "last" }),
        last: (run) => complete([run.vars.a, run.vars.b]),
      },
    });
    await runtime.start(twice, { id: "run" });
    await runtime.emitEvent("k", 1, { eventId: "e1" });
    await runtime.emitEvent("k", 1, { eventId: "e1" });
    expect(await world.state("run")).toMatchObject({ status: "waiting", currentNode: "second" });
    await runtime.emitEvent("k", 2, { eventId: "e2" });
    expect(await world.state("run")).toMatchObject({ output: [1, 2] });
  });

  it("may be for one run, which keeps it until it listens", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(worksFirst, { id: "run" });
    await world.settle();
    expect(await runtime.emitEvent("k", "meanwhile", { runId: "run" })).toEqual({
      deliveredTo: ["run"],
      kept: false,
    });
    work.calls[0]?.resolve(null);
    await driving;
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "meanwhile" });
  });

  it("meets a wait that begins in the very moment", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    let emitted = false;
    world.store.afterCommit = async ({ run }) => {
      if (run.status !== "waiting" || emitted) return;
      emitted = true;
      await world.runtime().emitEvent("k", "just now", { drive: false });
    };
    const run = await runtime.start(listens("k"), { drive: false });
    await run.run();
    expect(await run.result()).toBe("just now");
  });

  it("leaves receivers due when it does not drive, or can't", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(listens("k"), { id: "run" });
    const stranger = world.runtime();
    expect(await stranger.emitEvent("k", 1)).toMatchObject({ deliveredTo: ["run"] });
    expect((await world.state("run")).status).toBe("waiting");
    expect(await runtime.tick("run")).toMatchObject({ status: "completed" });
    await runtime.start(listens("k"), { id: "two" });
    await runtime.emitEvent("k", 1, { drive: false });
    expect((await world.state("two")).status).toBe("waiting");
  });

  it("finds a question by its key too", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const asks = defineWorkflow({
      id: "asks",
      entry: "first",
      nodes: {
        first: () => askUser({ prompt: "?", key: "q", resultKey: "said", next: "last" }),
        last: (run) => complete(run.vars.said),
      },
    });
    await runtime.start(asks, { id: "run" });
    await runtime.emitEvent("q", "by event");
    expect(await world.state("run")).toMatchObject({ output: "by event" });
  });

  it("refuses keys that are none, payloads that are not JSON, and runs that can't hear it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(listens("k"), { id: "run" });
    expect(await codeOf(runtime.emitEvent(""))).toBe("invalid_argument");
    expect(await codeOf(runtime.emitEvent("\ud800"))).toBe("invalid_argument");
    expect(await codeOf(runtime.emitEvent(7 as unknown as string))).toBe("invalid_argument");
    expect(await codeOf(runtime.emitEvent("k", new Date(0)))).toBe("invalid_json_value");
    expect(await codeOf(runtime.emitEvent("k", 1, { runId: "nobody" }))).toBe("run_not_found");
    await runtime.cancelRun("run");
    expect(await codeOf(runtime.emitEvent("k", 1, { runId: "run" }))).toBe("run_ended");
  });
});

describe("an event for a thousand runs", () => {
  const runs = Array.from({ length: 1_000 }, (_, n) => `run-${String(n).padStart(3, "0")}`);
  const twice = defineWorkflow({
    id: "twice",
    entry: "first",
    nodes: {
      first: () => waitEvent({ key: "k", resultKey: "a", next: "second" }),
      second: () => waitEvent({ key: "k", resultKey: "b", next: "last" }),
      last: (run) => complete([run.vars.a, run.vars.b]),
    },
  });

  async function startAll(world: World): Promise<Runtime> {
    const runtime = world.runtime({ workflows: [twice] });
    for (const id of runs) await runtime.start(twice, { id });
    return runtime;
  }

  /** How often each run took the event in. */
  async function takenBy(world: World, eventId: string): Promise<readonly number[]> {
    return Promise.all(
      runs.map(async (runId) => {
        const records = await world.store.records(runId);
        return records.filter((record) => "messageId" in record && record.messageId === eventId)
          .length;
      }),
    );
  }

  it("reaches each of them once, and says so", async () => {
    const world = newWorld();
    const runtime = await startAll(world);
    const published = await runtime.emitEvent("k", { n: 1 }, { eventId: "e" });
    expect(published.kept).toBe(false);
    expect(published.deliveredTo.toSorted()).toEqual(runs);
    expect(await takenBy(world, "e")).toEqual(runs.map(() => 1));
    for (const runId of runs) expect((await world.state(runId)).currentNode).toBe("second");
  });

  it("reaches each of them once when it is published again, and by two at once", async () => {
    const world = newWorld();
    const runtime = await startAll(world);
    const emit = (by: Runtime): Promise<unknown> => by.emitEvent("k", 1, { eventId: "e" });
    await Promise.all([emit(runtime), emit(world.runtime({ workflows: [twice] }))]);
    await emit(runtime);
    expect(await takenBy(world, "e")).toEqual(runs.map(() => 1));
    expect((await runtime.listRuns({ waitKey: "k", status: "waiting" })).items).not.toEqual([]);
    await runtime.emitEvent("k", 2, { eventId: "f" });
    for (const runId of runs) expect(await world.state(runId)).toMatchObject({ output: [1, 2] });
  });

  it("reaches each of them once though its sender died in the middle", async () => {
    const world = newWorld();
    const runtime = await startAll(world);
    let commits = 0;
    world.store.beforeCommit = () => {
      commits += 1;
      if (commits > 300) throw new Error("the power is cut");
    };
    await runtime.emitEvent("k", 1, { eventId: "e" });
    const before = (await takenBy(world, "e")).reduce((sum, count) => sum + count, 0);
    expect(before).toBe(300);
    world.store.beforeCommit = () => {};
    await world.clock.advance(60_000);
    const next = world.runtime({ workflows: [twice] });
    const { deliveredTo } = await next.emitEvent("k", 1, { eventId: "e" });
    expect(deliveredTo).not.toEqual([]);
    for (const runId of runs) await next.tick(runId);
    expect(await takenBy(world, "e")).toEqual(runs.map(() => 1));
  });
});
