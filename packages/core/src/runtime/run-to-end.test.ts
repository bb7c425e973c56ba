import { describe, expect, it } from "vitest";
import { handHeld, newWorld } from "../../test/world.ts";
import { askUser, waitUntil } from "../builtin/plan-waits.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const sleeps = defineWorkflow({
  id: "sleeps",
  entry: "first",
  nodes: {
    first: () => waitUntil({ afterMs: 3_600_000, resultKey: "r", next: "last" }),
    last: (run) => complete(run.vars.r),
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

describe("Runtime.run", () => {
  it("sleeps through timers by the clock", async () => {
    const world = newWorld();
    const run = await world.runtime().start(sleeps, { drive: false });
    const running = run.run();
    await world.clock.advance(3_599_000);
    expect((await run.state()).status).toBe("waiting");
    await world.clock.advance(2_000);
    expect(await running).toMatchObject({ status: "completed", output: { ready: true } });
  });

  it("returns at a wait that only the outside can end", async () => {
    const world = newWorld();
    const asks = defineWorkflow({
      id: "asks",
      entry: "a",
      nodes: { a: () => askUser({ prompt: "?", next: "a" }) },
    });
    const run = await world.runtime().start(asks);
    expect((await run.run()).status).toBe("waiting");
  });

  it("waits until another driver is through with the run", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const driver = world.runtime({ effects: [work] });
    const driving = driver.start(works, { id: "run" });
    await world.settle();
    const other = world.runtime({ effects: [work], workflows: [works] });
    const running = other.run("run");
    await world.clock.advance(5_000);
    work.calls[0]?.resolve("done");
    await driving;
    await world.clock.advance(30_000);
    expect(await running).toMatchObject({ status: "completed", output: "done" });
    expect(work.calls).toHaveLength(1);
  });

  it("wakes when somebody in this process moves the run", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const run = await runtime.start(sleeps);
    const running = run.run();
    await world.settle();
    await run.cancel("enough");
    expect(await running).toMatchObject({ status: "cancelled" });
  });

  it("ends with the signal's reason, leaving the run as it is", async () => {
    const world = newWorld();
    const run = await world.runtime().start(sleeps);
    const stop = new AbortController();
    const running = run.run({ signal: stop.signal });
    running.catch(() => {});
    await world.settle();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect((await run.state()).status).toBe("waiting");
  });
});
