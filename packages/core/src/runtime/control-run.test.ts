import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { askUser, waitUntil } from "../builtin/plan-waits.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const asks = defineWorkflow({
  id: "asks",
  entry: "first",
  nodes: {
    first: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
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

describe("Runtime.cancelRun", () => {
  it("ends a waiting run, with who and why", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(asks, { id: "run" });
    expect(await run.cancel("not needed", { by: "ann" })).toMatchObject({
      status: "cancelled",
      waiting: null,
      error: { code: "cancelled", message: "not needed" },
    });
    expect((await world.store.records("run")).at(-1)).toMatchObject({
      kind: "cancelled",
      by: "ann",
    });
    expect(await codeOf(runtime.resume("run", 1, { waitKey: "k" }))).toBe("run_not_waiting");
    expect(await runtime.tick("run")).toMatchObject({ status: "cancelled" });
  });

  it("has a default reason, and takes broken text", async () => {
    const runtime = newWorld().runtime();
    const { runId } = await runtime.start(asks);
    expect(await runtime.cancelRun(runId, "")).toMatchObject({ error: { message: "Cancelled" } });
    const other = await runtime.start(asks);
    expect(await other.cancel("half \ud800")).toMatchObject({ error: { message: "half \ufffd" } });
  });

  it("stops an effect under way, and what it still does is not used", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    expect(await runtime.cancelRun("run")).toMatchObject({ status: "cancelled" });
    await driving;
    work.calls[0]?.resolve("too late");
    await world.settle();
    expect(await world.kinds("run")).toEqual(["created", "begun", "cancelled"]);
    expect(work.calls).toHaveLength(1);
  });

  it("leaves an ended run as it is, and does not know unknown ones", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    const done = await runtime.resume("run", "yes", { waitKey: "k" });
    expect(await runtime.cancelRun("run")).toEqual(done);
    expect(await codeOf(runtime.cancelRun("nobody"))).toBe("run_not_found");
  });

  it("wins or loses against an answer that comes at once, but is never half done", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    await Promise.allSettled([
      runtime.cancelRun("run"),
      runtime.resume("run", "yes", { waitKey: "k" }),
      runtime.cancelRun("run"),
    ]);
    const run = await world.state("run");
    expect(["cancelled", "completed"]).toContain(run.status);
  });
});

describe("Runtime.pauseRun", () => {
  it("keeps what is sent to a paused run, and goes on with it afterwards", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    expect(await runtime.pauseRun("run", { by: "ann" })).toMatchObject({
      status: "waiting",
      paused: true,
    });
    await runtime.resume("run", "while paused", { waitKey: "k" });
    expect(await world.state("run")).toMatchObject({ status: "waiting", paused: true });
    expect((await world.store.load("run"))?.head.wakeAt).toBeNull();
    await runtime.unpauseRun("run");
    expect(await world.state("run")).toMatchObject({ status: "completed", output: "while paused" });
  });

  it("does not let time pass for a paused run, until it goes on", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const sleeps = defineWorkflow({
      id: "sleeps",
      entry: "first",
      nodes: { first: () => waitUntil({ afterMs: 1_000, next: "last" }), last: () => complete(1) },
    });
    await runtime.start(sleeps, { id: "run" });
    await runtime.pauseRun("run");
    await world.clock.advance(5_000);
    expect(await runtime.tick("run")).toMatchObject({ status: "waiting", paused: true });
    expect(await runtime.unpauseRun("run")).toMatchObject({ status: "completed" });
  });

  it("stops an effect under way, which is done again afterwards", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    await runtime.pauseRun("run");
    await driving;
    expect(await world.state("run")).toMatchObject({ paused: true, pending: { phase: "begun" } });
    const unpaused = runtime.unpauseRun("run");
    await world.settle();
    work.calls[1]?.resolve("second time");
    expect(await unpaused).toMatchObject({ status: "completed", output: "second time" });
    await world.state("run");
  });

  it("refuses ended and unknown runs", async () => {
    const runtime = newWorld().runtime();
    const { runId } = await runtime.start(asks);
    await runtime.cancelRun(runId);
    expect(await codeOf(runtime.pauseRun(runId))).toBe("run_ended");
    expect(await codeOf(runtime.unpauseRun("nobody"))).toBe("run_not_found");
  });
});

describe("Runtime.updateLimits", () => {
  it("changes known limits and tells how much is used", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    await runtime.updateLimits("run", { max_iterations: 10, current_iteration: 9 }, { by: "ann" });
    expect((await world.state("run")).vars).toMatchObject({
      _limits: { max_iterations: 10, current_iteration: 9 },
    });
    expect(await runtime.checkLimits("run")).toMatchObject([
      { limitType: "iterations", status: "warning", current: 9, maximum: 10 },
    ]);
    expect((await runtime.getLimitStatus("run")).iterations).toMatchObject({ current: 9, max: 10 });
  });

  it("refuses limits that there are not, and runs that have ended", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(asks, { id: "run" });
    const bad = { max_wishes: 3 } as object;
    expect(await codeOf(runtime.updateLimits("run", bad))).toBe("invalid_argument");
    await runtime.cancelRun("run");
    expect(await codeOf(runtime.updateLimits("run", {}))).toBe("run_ended");
  });
});
