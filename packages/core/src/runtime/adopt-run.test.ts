import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld, type World } from "../../test/world.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Handover } from "./adopt-run.ts";

const works = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "last" }),
    last: (run) => complete(run.vars.r),
  },
});

/** A run that one runtime claimed, as another one hears of it. */
async function handedOver(world: World): Promise<Handover> {
  const dispatcher = world.runtime({ workflows: [works] });
  await dispatcher.start(works, { id: "run", drive: false });
  const [due] = (await dispatcher.claimDue({ limit: 1 })).runs;
  if (due === undefined) throw new Error("nothing is due");
  return JSON.parse(JSON.stringify(due.handover)) as Handover;
}

describe("Runtime.adopt", () => {
  it("takes over a run that another runtime claimed, and drives it", async () => {
    const world = newWorld();
    const handover = await handedOver(world);
    const work = handHeld({ type: "work" });
    const worker = world.runtime({ workflows: [works], effects: [work] });
    await world.clock.advance(20_000);
    const due = await worker.adopt(handover);
    expect(due?.handover).toEqual(handover);
    await world.clock.advance(20_000); // the lease was prolonged
    expect(await worker.claimDue({ limit: 1 })).toMatchObject({ runs: [] });
    const driving = due?.drive();
    await world.settle();
    work.calls[0]?.resolve("done");
    expect((await driving)?.output).toBe("done");
  });

  it("takes a handover once, however often it comes", async () => {
    const world = newWorld();
    const handover = await handedOver(world);
    const work = handHeld({ type: "work" });
    const worker = world.runtime({ workflows: [works], effects: [work] });
    const driving = (await worker.adopt(handover))?.drive();
    await world.settle();
    const other = world.runtime({ workflows: [works], effects: [work] });
    expect(await other.adopt(handover)).toBeUndefined();
    work.calls[0]?.resolve("done");
    await driving;
    expect(await other.adopt(handover)).toBeUndefined();
    expect(work.calls).toHaveLength(1);
  });

  it("lets one of two commit that adopt in the same moment, and performs the effect once", async () => {
    const world = newWorld();
    const handover = await handedOver(world);
    const work = handHeld({ type: "work" });
    const runtimes = [1, 2].map(() => world.runtime({ workflows: [works], effects: [work] }));
    const dues = await Promise.all(runtimes.map((runtime) => runtime.adopt(handover)));
    expect(dues.every((due) => due !== undefined)).toBe(true);
    const ends = Promise.allSettled(dues.map(async (due) => due?.drive()));
    await world.settle();
    expect(work.calls).toHaveLength(1);
    work.calls[0]?.resolve("done");
    const outcomes = (await ends).map((end) =>
      end.status === "fulfilled" ? end.value?.status : (end.reason as { code: string }).code,
    );
    expect(new Set(outcomes)).toEqual(new Set(["completed", "revision_conflict"]));
    expect(await world.state("run")).toMatchObject({ output: "done" });
  });

  it("leaves a run alone whose lease ran out and that somebody else has, or that was let go", async () => {
    const world = newWorld();
    const handover = await handedOver(world);
    const worker = world.runtime({ workflows: [works] });
    await world.clock.advance(30_000);
    const [taken] = (await worker.claimDue({ limit: 1 })).runs;
    expect(await worker.adopt(handover)).toBeUndefined();
    await taken?.release();
    expect(await worker.adopt(handover)).toBeUndefined();
    expect(await worker.adopt({ ...handover, runId: "none" })).toBeUndefined();
    expect((await world.store.load("run"))?.head.leaseId).toBeNull();
  });

  it("refuses an instant that is none, and a runtime that was closed", async () => {
    const world = newWorld();
    const handover = await handedOver(world);
    const worker = world.runtime({ workflows: [works] });
    expect(await codeOf(worker.adopt({ ...handover, claimedAt: "soon" }))).toBe("invalid_instant");
    await worker.close();
    expect(await codeOf(worker.adopt(handover))).toBe("runtime_closed");
  });
});
