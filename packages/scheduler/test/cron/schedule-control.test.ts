import { describe, expect, it } from "vitest";
import { job, scheduleWorld, timesOf, type Process, type ScheduleWorld } from "./schedule-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function hourly(
  settings: object = {},
): Promise<{ readonly world: ScheduleWorld; readonly process: Process }> {
  const world = scheduleWorld();
  const process = world.boot();
  await process.schedules.create({ id: "s", workflow: job, cron: "0 * * * *", ...settings });
  return { world, process };
}

const hours = (times: readonly string[]): readonly number[] =>
  times.map((time) => new Date(time).getUTCHours());

describe("ticks missed while nothing drives", () => {
  it.each([
    ["none", [5]],
    ["last", [4, 5]],
    ["all", [1, 2, 3, 4, 5]],
  ] as const)("are run by catchUp %s, and the others reported", async (catchUp, expected) => {
    const { world, process } = await hourly({ catchUp });
    await world.clock.advance(4.5 * HOUR);
    await world.pass(HOUR, [process]);
    expect(hours(timesOf(await world.started("s")))).toEqual(expected);
    const { counts, gaps } = await process.schedules.get("s");
    expect(counts).toEqual({
      started: expected.length,
      skipped: 0,
      missed: 5 - expected.length,
      failed: 0,
    });
    const [from, to] = [
      "2026-01-01T01:00:00.000Z",
      `2026-01-01T0${5 - expected.length}:00:00.000Z`,
    ];
    expect(gaps).toEqual(
      counts.missed === 0 ? [] : [{ count: counts.missed, isMore: false, from, to }],
    );
  });

  it("are run by all up to a number and an age, the latest of them", async () => {
    const { world, process } = await hourly({
      catchUp: "all",
      maxCatchUp: 3,
      catchUpWindowMs: 2 * HOUR,
    });
    await world.clock.advance(10 * HOUR + MINUTE);
    await world.pass(MINUTE, [process]);
    expect(hours(timesOf(await world.started("s")))).toEqual([9, 10]);
    expect((await process.schedules.get("s")).counts.missed).toBe(8);
  });

  it("are counted up to a bound, so that a year of seconds does no harm", async () => {
    const { world, process } = await hourly({ cron: "* * * * * *" });
    await world.clock.advance(365 * 24 * HOUR);
    await world.pass(500, [process], 500);
    const { counts, gaps } = await process.schedules.get("s");
    expect(counts).toMatchObject({ started: 1, missed: 1_000 });
    expect(gaps[0]).toMatchObject({ isMore: true, to: "2026-12-31T23:59:59.000Z" });
  });

  it("are run by all one after the other, where runs may not overlap", async () => {
    const { world, process } = await hourly({ catchUp: "all", input: { takesMs: 10 * MINUTE } });
    await world.clock.advance(3.2 * HOUR);
    await world.pass(40 * MINUTE, [process], 10_000);
    const runs = await world.started("s");
    expect(hours(timesOf(runs))).toEqual([1, 2, 3]);
    expect(runs.map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    for (const [index, { updatedAt }] of runs.entries())
      expect(Date.parse(updatedAt)).toBeLessThanOrEqual(
        Date.parse(runs[index + 1]?.createdAt ?? updatedAt),
      );
  });
});

describe("pause", () => {
  it("stops ticks, says why, and leaves what was missed to the policy", async () => {
    const { world, process } = await hourly({ catchUp: "last" });
    await world.pass(HOUR, [process], MINUTE);
    await process.schedules.pause("s", { by: "ada: the printer is on fire" });
    await world.pass(3.5 * HOUR, [process], MINUTE);
    expect(await process.schedules.get("s")).toMatchObject({ status: "paused" });
    const ledger = await process.runtime.getLedger("schedule.s.1");
    expect(ledger.at(-1)).toMatchObject({ kind: "paused", by: "ada: the printer is on fire" });
    expect(hours(timesOf(await world.started("s")))).toEqual([1]);
    await process.schedules.unpause("s");
    await world.pass(HOUR, [process], MINUTE);
    expect(hours(timesOf(await world.started("s")))).toEqual([1, 4, 5]);
    expect(await process.schedules.get("s")).toMatchObject({ status: "active" });
  });

  it("reaches a schedule that another process drives, and refuses triggers meanwhile", async () => {
    const { world, process } = await hourly();
    const other = world.boot();
    await other.schedules.pause("s");
    await expect(other.schedules.trigger("s")).rejects.toMatchObject({ code: "run_paused" });
    await world.pass(2 * HOUR, [process, other], MINUTE);
    expect(await world.started("s")).toEqual([]);
  });
});

describe("update", () => {
  it("changes times from now on, and reports what was due by the old ones", async () => {
    const { world, process } = await hourly({ catchUp: "all" });
    await world.pass(HOUR, [process], MINUTE);
    await world.clock.advance(2.5 * HOUR);
    await process.schedules.update("s", { every: { minutes: 20 }, input: { b: 2 } });
    await world.pass(HOUR, [process], MINUTE);
    const runs = await world.started("s");
    expect(timesOf(runs).map((time) => time.slice(11, 16))).toEqual(["01:00", "03:51", "04:11"]);
    expect(runs.at(-1)?.vars["b"]).toBe(2);
    expect((await process.schedules.get("s")).counts).toMatchObject({ started: 3, missed: 2 });
  });

  it("refuses what create would refuse", async () => {
    const { process } = await hourly();
    const { schedules } = process;
    await expect(schedules.update("s", { cron: "x" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(schedules.update("s", { endAt: "2025-01-01T00:00:00Z" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(schedules.update("none", { overlap: "skip" })).rejects.toMatchObject({
      code: "run_not_found",
    });
  });
});

describe("trigger", () => {
  it("starts a run now, once per request, with an input of its own", async () => {
    const { world, process } = await hourly({ input: { a: 1 } });
    const options = { triggerId: "t1", input: { a: 2 } };
    const { runId } = await process.schedules.trigger("s", options);
    expect(await process.schedules.trigger("s", options)).toEqual({ runId });
    await world.pass(1_000, [process]);
    const runs = await world.started("s");
    expect(runs.map((run) => run.runId)).toEqual(["s@trigger-t1"]);
    expect(runs[0]?.vars).toMatchObject({ a: 2, schedule: { kind: "trigger" } });
    await world.pass(HOUR, [process], MINUTE);
    expect((await world.started("s"))[0]?.vars["a"]).toBe(1);
    expect((await process.schedules.get("s")).counts.started).toBe(2);
  });

  it("follows the overlap policy that it is given", async () => {
    const { world, process } = await hourly({ input: { takesMs: 10 * MINUTE } });
    await process.schedules.trigger("s");
    await process.schedules.trigger("s", { overlap: "skip" });
    await process.schedules.trigger("s", { overlap: "buffer_one" });
    await world.pass(1_000, [process]);
    expect(await world.started("s")).toHaveLength(1);
    await world.pass(11 * MINUTE, [process]);
    expect(await world.started("s")).toHaveLength(2);
    expect((await process.schedules.get("s")).counts).toMatchObject({ started: 2, skipped: 1 });
  });
});

describe("backfill", () => {
  const range = { from: "2025-12-31T20:00:00Z", to: "2025-12-31T23:00:00Z" };

  it("runs past ticks one after the other, and leaves those alone that have a run", async () => {
    const { world, process } = await hourly({ input: { takesMs: MINUTE } });
    expect(await process.schedules.backfill("s", range)).toEqual({ ticks: 4 });
    await world.pass(10 * MINUTE, [process]);
    await process.schedules.backfill("s", { ...range, to: "2026-01-01T00:00:00Z" });
    await world.pass(10 * MINUTE, [process]);
    const runs = await world.started("s");
    expect(hours(timesOf(runs))).toEqual([20, 21, 22, 23, 0]);
    expect(runs[0]?.vars["schedule"]).toMatchObject({ kind: "backfill" });
    for (const [index, { updatedAt }] of runs.entries())
      expect(Date.parse(updatedAt)).toBeLessThanOrEqual(
        Date.parse(runs[index + 1]?.createdAt ?? updatedAt),
      );
  });

  it("runs them all at once, with allow", async () => {
    const { world, process } = await hourly({ input: { takesMs: MINUTE } });
    await process.schedules.backfill("s", { ...range, overlap: "allow" });
    await world.pass(1_000, [process]);
    expect(await world.started("s")).toHaveLength(4);
  });

  it("refuses the future, too much, and what is no time", async () => {
    const { process } = await hourly();
    for (const wrong of [
      { ...range, to: "2026-01-01T01:00:00Z" },
      { ...range, from: "2025-01-01T00:00:00Z" },
      { ...range, from: "yesterday" },
      { ...range, overlap: "skip" as never },
    ])
      await expect(process.schedules.backfill("s", wrong)).rejects.toMatchObject({
        code: "invalid_argument",
      });
  });
});

describe("remove", () => {
  it("ends the schedule and not its runs, and its id is free again", async () => {
    const { world, process } = await hourly({ input: { takesMs: 30 * MINUTE } });
    await world.pass(HOUR, [process], MINUTE);
    await process.schedules.remove("s");
    expect(await process.schedules.get("s")).toMatchObject({ status: "ended", next: [] });
    await expect(process.schedules.trigger("s")).rejects.toMatchObject({ code: "run_ended" });
    await world.pass(2 * HOUR, [process], MINUTE);
    expect((await world.started("s")).map(({ status }) => status)).toEqual(["completed"]);
    const again = await process.schedules.create({
      id: "s",
      workflow: job,
      every: { minutes: 90 },
    });
    expect(again).toMatchObject({ status: "active", runId: "schedule.s.2" });
    await world.pass(91 * MINUTE, [process], MINUTE);
    expect(timesOf(await world.started("s"))).toHaveLength(2);
  });

  it("is refused for what there is not", async () => {
    const { process } = await hourly();
    await expect(process.schedules.remove("none")).rejects.toMatchObject({ code: "run_not_found" });
    await expect(process.schedules.get("none")).rejects.toMatchObject({ code: "run_not_found" });
  });

  it("leaves its runs to be purged on their own, while it goes on", async () => {
    const { world, process } = await hourly();
    await world.pass(3 * HOUR, [process], MINUTE);
    const { runIds } = await process.runtime.purge({ endedBefore: "2026-01-01T02:30:00Z" });
    expect(runIds).toEqual(["s@20260101T010000Z", "s@20260101T020000Z"]);
    expect((await process.schedules.get("s")).status).toBe("active");
  });
});
