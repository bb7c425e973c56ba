import { isEnded, observeEdges, type ObservedEdge } from "@abstractruntime/core";
import { FaultStore, type FaultPlan } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { SCHEDULE_WORKFLOW_ID } from "../../src/cron/names.ts";
import { scheduleWorkflow } from "../../src/cron/schedule-workflow.ts";
import { job, scheduleWorld, timesOf, type Process, type ScheduleWorld } from "./schedule-world.ts";

const MINUTE = 60_000;

/** A world in which a process died when it had begun the run that takes over, and before the run before it ended. */
async function betweenTwo(): Promise<{ readonly world: ScheduleWorld; readonly heir: Process }> {
  const world = scheduleWorld({ turnsPerRun: 10 });
  // The first run is made, five are started for ticks, and the seventh takes over.
  const plan: FaultPlan = ({ method, count }) =>
    method === "create" && count === 7 ? { kind: "crash_after" } : undefined;
  const fragile = new FaultStore(world.store, { clock: world.clock, plan });
  const dying = world.boot({ store: fragile });
  await dying.schedules.create({ id: "s", workflow: job, every: { minutes: 1 }, catchUp: "all" });
  await Promise.race([world.pass(20 * MINUTE, [dying], 10_000), fragile.whenCrashed]);
  expect(fragile.crashed).toBe(true);
  expect(await living(world)).toHaveLength(2);
  return { world, heir: world.boot() };
}

async function living(world: ScheduleWorld): Promise<readonly string[]> {
  const { items } = await world.store.list({ workflowId: SCHEDULE_WORKFLOW_ID });
  return items.filter(({ run }) => !isEnded(run)).map(({ run }) => run.runId);
}

async function edgesTaken(world: ScheduleWorld): Promise<readonly ObservedEdge[]> {
  const { items } = await world.store.list({ workflowId: SCHEDULE_WORKFLOW_ID });
  const ledgers = await Promise.all(items.map(({ run }) => world.store.records(run.runId)));
  return observeEdges(ledgers.flat()).edges;
}

describe("a schedule that lives long", () => {
  it("goes from run to run, each with a bounded ledger, and loses and doubles nothing", async () => {
    const world = scheduleWorld({ turnsPerRun: 50 });
    const process = world.boot();
    await process.schedules.create({ id: "s", workflow: job, every: { minutes: 1 } });
    await world.pass(300 * MINUTE, [process], MINUTE);
    expect(timesOf(await world.started("s"))).toHaveLength(300);
    const { runId, counts, lastRuns } = await process.schedules.get("s");
    expect(runId).toBe("schedule.s.12");
    expect(counts).toEqual({ started: 300, skipped: 0, missed: 0, failed: 0 });
    expect(lastRuns).toHaveLength(10);
    expect(await living(world)).toEqual([runId]);
    for (let generation = 1; generation <= 11; generation += 1) {
      const id = `schedule.s.${generation}`;
      expect((await world.store.records(id)).length).toBeLessThan(250);
      expect((await world.store.load(id))?.run.output).toEqual({
        successor: `schedule.s.${generation + 1}`,
      });
    }
    const { runIds } = await process.runtime.purge({ endedBefore: "2026-01-01T04:00:00Z" });
    expect(runIds).toContain("schedule.s.1");
    await world.pass(2 * MINUTE, [process], MINUTE);
    expect((await process.schedules.get("s")).counts.started).toBe(302);
  });

  it("does as it is told at any moment of a change of runs", async () => {
    const world = scheduleWorld({ turnsPerRun: 10 });
    const process = world.boot();
    const other = world.boot();
    await process.schedules.create({ id: "s", workflow: job, every: { minutes: 1 } });
    const asked: string[] = [];
    for (let step = 0; step < 60; step += 1) {
      const passing = world.pass(20_000, [process], 20_000);
      asked.push((await other.schedules.trigger("s", { triggerId: `t${step}` })).runId);
      await passing;
    }
    await world.pass(MINUTE, [process], MINUTE);
    const ids = (await world.started("s")).map(({ runId }) => runId);
    expect(ids.filter((id) => id.includes("trigger"))).toEqual(asked.toSorted());
    expect((await process.schedules.get("s")).runId).not.toBe("schedule.s.1");
    for (const { from, to } of await edgesTaken(world))
      expect(scheduleWorkflow.edges?.[from ?? ""] ?? [scheduleWorkflow.entry]).toContain(to);
  });
});

describe("when a driver died between two runs of a schedule", () => {
  it("the second does nothing before the first has ended, and is found only then", async () => {
    const { world, heir } = await betweenTwo();
    expect(await living(world)).toHaveLength(2);
    expect((await heir.schedules.get("s")).runId).toBe("schedule.s.1");
    expect(await heir.schedules.list()).toHaveLength(1);
    await heir.runtime.tick("schedule.s.2");
    expect((await heir.runtime.getState("schedule.s.2")).status).toBe("waiting");
    await world.pass(5 * MINUTE, [heir], 10_000);
    expect(await living(world)).toEqual([(await heir.schedules.get("s")).runId]);
    const times = timesOf(await world.started("s"));
    const minutes = (world.clock.now() - Date.UTC(2026, 0, 1)) / MINUTE;
    expect(times).toHaveLength(Math.floor(minutes));
  });

  it("a pause stops both, and unpausing loses nothing", async () => {
    const { world, heir } = await betweenTwo();
    const before = await world.started("s");
    await world.clock.advance(31_000);
    await heir.schedules.pause("s");
    await world.pass(5 * MINUTE, [heir], 10_000);
    expect(await world.started("s")).toHaveLength(before.length);
    await heir.schedules.unpause("s");
    await world.pass(MINUTE, [heir], 10_000);
    const minutes = (world.clock.now() - Date.UTC(2026, 0, 1)) / MINUTE;
    expect(await world.started("s")).toHaveLength(Math.floor(minutes));
  });

  it("a removal ends both", async () => {
    const { world, heir } = await betweenTwo();
    const before = await world.started("s");
    await world.clock.advance(31_000);
    await heir.schedules.remove("s");
    await world.pass(5 * MINUTE, [heir], 10_000);
    expect(await living(world)).toEqual([]);
    expect(await world.started("s")).toHaveLength(before.length);
  });

  it("the second ends by itself when the first was cancelled alone", async () => {
    const { world, heir } = await betweenTwo();
    const before = await world.started("s");
    await world.clock.advance(31_000);
    await heir.runtime.cancelRun("schedule.s.1", "by hand");
    await world.pass(5 * MINUTE, [heir], 10_000);
    expect(await living(world)).toEqual([]);
    expect(await world.started("s")).toHaveLength(before.length);
  });
});
