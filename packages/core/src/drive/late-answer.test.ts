import { describe, expect, it } from "vitest";
import { handHeld, newWorld } from "../../test/world.ts";
import { complete, defineWorkflow, type Change } from "../index.ts";

const workflow = defineWorkflow({
  id: "work",
  entry: "work",
  nodes: {
    work: () => ({ effect: { type: "work" }, nextNode: "end" }),
    end: () => complete(null),
  },
});

describe("a commit that is answered late", () => {
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
});
