import { FaultStore } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import type { Overlap } from "../../src/cron/index.ts";
import { job, scheduleWorld, timesOf, type Process, type ScheduleWorld } from "./schedule-world.ts";

const MINUTE = 60_000;

/** Ten minutes of a schedule that ticks each minute, with runs of two and a half. */
async function busy(overlap: Overlap): Promise<{ world: ScheduleWorld; process: Process }> {
  const world = scheduleWorld();
  const process = world.boot();
  const input = { takesMs: 2.5 * MINUTE };
  await process.schedules.create({ id: "s", workflow: job, input, overlap, every: { minutes: 1 } });
  await world.pass(10 * MINUTE + 1_000, [process]);
  return { world, process };
}

const minutes = (times: readonly string[]): readonly number[] =>
  times.map((time) => new Date(time).getUTCMinutes());

describe("a tick that comes while the last run has not ended", () => {
  it("is dropped, by skip", async () => {
    const { world, process } = await busy("skip");
    expect(minutes(timesOf(await world.started("s")))).toEqual([1, 4, 7, 10]);
    expect((await process.schedules.get("s")).counts).toMatchObject({ started: 4, skipped: 6 });
  });

  it("waits for the end, by buffer_one, and the ticks behind it are dropped", async () => {
    const { world, process } = await busy("buffer_one");
    const runs = await world.started("s");
    expect(minutes(timesOf(runs))).toEqual([1, 2, 4, 7]);
    const begun = runs.map(({ createdAt }) => Date.parse(createdAt) - Date.UTC(2026, 0, 1));
    for (const [index, at] of begun.entries()) {
      const end = (begun[index - 1] ?? 1 * MINUTE - 2.5 * MINUTE) + 2.5 * MINUTE;
      expect(at - end).toBeGreaterThanOrEqual(0);
      expect(at - end).toBeLessThanOrEqual(2_000);
    }
    const { counts, buffered } = await process.schedules.get("s");
    expect(counts).toMatchObject({ started: 4, skipped: 5 });
    expect(buffered).toBe("2026-01-01T00:09:00.000Z");
  });

  it("starts as soon as that is over", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    const input = { takesMs: 5 * MINUTE };
    const times = { every: { minutes: 4 }, overlap: "buffer_one" } as const;
    await process.schedules.create({ id: "s", workflow: job, input, ...times });
    await world.pass(20 * MINUTE, [process]);
    const begun = (await world.started("s")).map(({ createdAt }) => Date.parse(createdAt));
    const lags = begun.slice(1).map((at, index) => at - (begun[index] ?? 0) - 5 * MINUTE);
    expect(lags).toHaveLength(3);
    for (const lag of lags) expect(lag).toBeLessThanOrEqual(2_000);
  });

  it("starts half a minute after that at the latest, when who looked for it has died", async () => {
    const world = scheduleWorld();
    const { clock, store } = world;
    const faults = new FaultStore(store, { clock });
    const [first, second] = [world.boot({ store: faults }), world.boot()];
    const input = { takesMs: 10 * MINUTE };
    const times = { every: { minutes: 4 }, overlap: "buffer_one" } as const;
    await first.schedules.create({ id: "s", workflow: job, input, ...times });
    await world.pass(9 * MINUTE, [first]);
    faults.partition(600 * MINUTE);
    await world.pass(7 * MINUTE, [second]);
    const [tick, next] = (await world.started("s")).map(({ createdAt }) => Date.parse(createdAt));
    const lag = (next ?? Infinity) - (tick ?? 0) - 10 * MINUTE;
    expect(lag).toBeGreaterThanOrEqual(0);
    expect(lag).toBeLessThanOrEqual(31_000);
  });

  it("starts all the same, by allow", async () => {
    const { world } = await busy("allow");
    const runs = await world.started("s");
    expect(runs).toHaveLength(10);
    expect(runs.filter(({ status }) => status === "waiting").length).toBeGreaterThan(1);
  });

  it("cancels that run and takes its place, by cancel_running", async () => {
    const { world, process } = await busy("cancel_running");
    const runs = await world.started("s");
    expect(minutes(timesOf(runs))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(runs.map(({ status }) => status)).toEqual([...Array(9).fill("cancelled"), "waiting"]);
    expect(runs[0]?.error?.message).toContain("the schedule starts s@20260101T000200Z");
    expect((await process.schedules.get("s")).counts).toMatchObject({ started: 10, skipped: 0 });
  });
});

describe("ticks missed while one waits", () => {
  it("are counted once", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    const input = { takesMs: 60 * MINUTE };
    const times = { every: { minutes: 1 }, overlap: "buffer_one", catchUp: "last" } as const;
    await process.schedules.create({ id: "s", workflow: job, input, ...times });
    await world.pass(2.1 * MINUTE, [process]);
    await world.clock.advance(5 * MINUTE);
    await world.pass(1_000, [process]);
    const { counts, buffered, gaps } = await process.schedules.get("s");
    expect(buffered).toBe("2026-01-01T00:02:00.000Z");
    expect(counts).toEqual({ started: 1, skipped: 1, missed: 4, failed: 0 });
    expect(gaps).toHaveLength(1);
  });
});

describe("a change of the overlap policy", () => {
  it("starts a tick that waits, when it becomes allow", async () => {
    const { world, process } = await busy("buffer_one");
    await process.schedules.update("s", { overlap: "allow" });
    await world.pass(1 * MINUTE, [process]);
    expect(minutes(timesOf(await world.started("s")))).toEqual([1, 2, 4, 7, 9, 11]);
    expect((await process.schedules.get("s")).buffered).toBeNull();
  });
});
