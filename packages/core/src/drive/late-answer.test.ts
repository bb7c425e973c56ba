import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { complete, defineWorkflow, type Change } from "../index.ts";

const workflow = defineWorkflow({
  id: "work",
  entry: "work",
  nodes: {
    work: () => ({ effect: { type: "work" }, nextNode: "end" }),
    end: () => complete(null),
  },
});

describe("an answer that comes late", () => {
  it("does not let a driver act on a lease that it took so long ago that it ran out", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const late = world.runtime({ effects: [work], workflows: [workflow] });
    const run = await late.start(workflow, { id: "run", drive: false });
    await world.runtime({ workflows: [workflow] }).pauseRun(run.runId);
    world.store.afterCommit = async (change: Change) => {
      if (change.lease?.owner === "owner-1") await world.clock.sleep(31_000);
    };
    const unpaused = late.unpauseRun(run.runId);
    await world.clock.advance(30_500);
    const other = world.runtime({ effects: [work], workflows: [workflow] }).tick(run.runId);
    await world.clock.advance(10_000);
    expect(work.calls.map(({ context }) => context.attempt)).toEqual([2]);
    work.calls[0]?.resolve(null);
    await world.clock.advance(0);
    expect((await other).status).toBe("completed");
    await unpaused;
  });

  it("does not let a driver act on a lease that ran out while it asked for it", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const late = world.runtime({ effects: [work], workflows: [workflow] });
    const run = await late.start(workflow, { drive: false });
    const renew = world.store.renew.bind(world.store);
    world.store.afterCommit = () => world.clock.sleep(25_000);
    world.store.renew = async (...args) => {
      const renewed = await renew(...args);
      await world.clock.sleep(60_000);
      return renewed;
    };
    const ticked = codeOf(late.tick(run.runId));
    await world.clock.advance(200_000);
    expect(await ticked).toBe("lease_lost");
    expect(work.calls).toEqual([]);
  });

  it("tells an effect that the lease is lost when a renewal is never answered", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work], workflows: [workflow] });
    const run = await runtime.start(workflow, { drive: false });
    world.store.renew = () => new Promise(() => {});
    const ticked = codeOf(runtime.tick(run.runId));
    await world.settle();
    const { signal } = work.calls[0]?.context ?? {};
    await world.clock.advance(19_000);
    expect(signal?.aborted).toBe(false);
    await world.clock.advance(1_000);
    expect(signal?.reason).toMatchObject({ interruption: "lease_lost" });
    expect(await ticked).toBe("lease_lost");
  });
});
