import { complete, defineWorkflow } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { tickRunId } from "../../src/cron/index.ts";
import { job, scheduleWorld, timesOf } from "./schedule-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("a schedule", () => {
  it("starts one run per tick, as a root run that knows its tick", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    await process.schedules.create({
      id: "often",
      workflow: job,
      input: { a: 1 },
      cron: "*/5 * * * *",
    });
    await world.pass(16 * MINUTE, [process]);
    const runs = await world.started("often");
    expect(runs.map(({ runId }) => runId)).toEqual([
      "often@20260101T000500Z",
      "often@20260101T001000Z",
      "often@20260101T001500Z",
    ]);
    const scheduledFor = "2026-01-01T00:05:00.000Z";
    expect(runs[0]).toMatchObject({
      runId: tickRunId("often", scheduledFor),
      status: "completed",
      parentRunId: null,
      sessionId: "schedule:often",
      vars: { a: 1, schedule: { id: "often", scheduled_for: scheduledFor, kind: "tick" } },
    });
    expect(await process.schedules.get("often")).toMatchObject({
      status: "active",
      workflowId: "job",
      times: { cron: "*/5 * * * *", timeZone: "UTC" },
      overlap: "skip",
      catchUp: "last",
      counts: { started: 3, skipped: 0, missed: 0, failed: 0 },
      next: [
        "2026-01-01T00:20:00.000Z",
        "2026-01-01T00:25:00.000Z",
        "2026-01-01T00:30:00.000Z",
        "2026-01-01T00:35:00.000Z",
        "2026-01-01T00:40:00.000Z",
      ],
      lastRuns: [{ runId: "often@20260101T001500Z" }, {}, {}],
    });
  });

  it("ticks by the clock of its zone", async () => {
    const world = scheduleWorld({ startAt: "2026-03-28T12:00:00Z" });
    const process = world.boot();
    await process.schedules.create({
      id: "s",
      workflow: job,
      cron: "30 2 * * *",
      timeZone: "Europe/Berlin",
    });
    await world.pass(48 * HOUR, [process], 10 * MINUTE);
    expect(timesOf(await world.started("s"))).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
  });

  it("counts an interval from its creation, or from the first tick that it was given", async () => {
    const world = scheduleWorld({ startAt: "2026-01-01T00:00:30Z" });
    const process = world.boot();
    const every = { minutes: 2 };
    await process.schedules.create({ id: "s", workflow: job, every });
    const startAt = "2026-01-01T00:03:00Z";
    await process.schedules.create({ id: "later", workflow: job, every, startAt });
    await world.pass(5 * MINUTE, [process]);
    expect(timesOf(await world.started("s"))).toEqual([
      "2026-01-01T00:02:30.000Z",
      "2026-01-01T00:04:30.000Z",
    ]);
    expect(timesOf(await world.started("later"))).toEqual([
      "2026-01-01T00:03:00.000Z",
      "2026-01-01T00:05:00.000Z",
    ]);
  });

  it("ends after its only tick, or after the last one before its end", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    await process.schedules.create({ id: "once", workflow: job, at: "2026-01-01T00:01:00Z" });
    const endAt = "2026-01-01T00:02:00Z";
    await process.schedules.create({ id: "s", workflow: job, every: { minutes: 1 }, endAt });
    await world.pass(5 * MINUTE, [process]);
    expect(timesOf(await world.started("once"))).toEqual(["2026-01-01T00:01:00.000Z"]);
    expect(await world.started("s")).toHaveLength(2);
    for (const id of ["once", "s"])
      expect(await process.schedules.get(id)).toMatchObject({ status: "ended", next: [] });
    expect(await process.schedules.list()).toEqual([]);
    const again = { id: "once", workflow: job, at: "2026-01-01T00:01:00Z" };
    expect(await process.schedules.create(again)).toMatchObject({ status: "ended" });
    await world.pass(MINUTE, [process]);
    expect(await world.started("once")).toHaveLength(1);
  });

  it("is late by the same share of its jitter at each tick, and names its ticks by their own time", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    const timed = { workflow: job, every: { minutes: 10 }, jitterMs: 5 * MINUTE };
    const ids = ["a", "b", "c", "d"];
    const delays = new Set<number>();
    for (const id of ids) delays.add((await process.schedules.create({ id, ...timed })).delayMs);
    expect(delays.size).toBeGreaterThan(1);
    await world.pass(25 * MINUTE, [process]);
    for (const id of ids) {
      const { delayMs } = await process.schedules.get(id);
      const runs = await world.started(id);
      expect(timesOf(runs)).toEqual(["2026-01-01T00:10:00.000Z", "2026-01-01T00:20:00.000Z"]);
      const [first] = runs;
      const late = Date.parse(first?.createdAt ?? "") - Date.parse("2026-01-01T00:10:00Z");
      expect(late - delayMs).toBeGreaterThanOrEqual(0);
      expect(late - delayMs).toBeLessThanOrEqual(1_000);
    }
  });

  it("has one run per tick, however many processes drive, and whatever their clocks say", async () => {
    const world = scheduleWorld();
    const processes = [0, 40_000, -40_000].map((skewMs) => world.boot({ skewMs }));
    const [first] = processes;
    await first?.schedules.create({
      id: "s",
      workflow: job,
      every: { minutes: 1 },
      catchUp: "all",
      overlap: "allow",
    });
    await world.pass(10 * MINUTE, processes, 5_000);
    const times = timesOf(await world.started("s"));
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((minute) =>
      Date.UTC(2026, 0, 1, 0, minute),
    );
    expect(times.slice(0, 10)).toEqual(minutes.map((minute) => new Date(minute).toISOString()));
  });

  it("does not tick again when its clock goes back, nor twice when it goes forward", async () => {
    const world = scheduleWorld();
    const right = world.boot();
    const ahead = world.boot({ skewMs: 10 * MINUTE });
    await right.schedules.create({
      id: "s",
      workflow: job,
      every: { minutes: 1 },
      overlap: "allow",
      catchUp: "all",
    });
    await world.pass(2 * MINUTE, [right]);
    await world.pass(2 * MINUTE, [ahead]);
    await world.pass(20 * MINUTE, [right]);
    const times = timesOf(await world.started("s"));
    expect(times).toHaveLength(24);
    expect(new Set(times).size).toBe(24);
  });

  it("goes on when a run could not be started, and says why", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    await process.schedules.create({ id: "s", workflow: job, cron: "0 * * * *" });
    await process.runtime.start(job, { id: "s@20260101T010000Z", vars: { mine: true } });
    await world.pass(2 * HOUR + MINUTE, [process], 5_000);
    expect(await process.schedules.get("s")).toMatchObject({
      status: "active",
      counts: { started: 1, failed: 1 },
      lastError: expect.stringContaining("s@20260101T010000Z exists"),
    });
    expect(timesOf(await world.started("s"))).toEqual(["2026-01-01T02:00:00.000Z"]);
  });

  it("starts what its own process has no code for, and leaves it to those that have", async () => {
    const world = scheduleWorld();
    const worker = world.boot();
    const keeper = world.boot({ workflows: [] });
    await keeper.schedules.create({ id: "s", workflow: "job", cron: "0 * * * *" });
    await world.pass(HOUR, [keeper], MINUTE);
    expect((await world.started("s")).map(({ status }) => status)).toEqual(["running"]);
    await world.pass(MINUTE, [worker], MINUTE);
    expect((await world.started("s")).map(({ status }) => status)).toEqual(["completed"]);
  });

  it("does not hear commands for another schedule that had its name", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    await process.schedules.create({ id: "s", workflow: job, cron: "0 * * * *" });
    await process.schedules.remove("s");
    const item = {
      kind: "trigger",
      run_id: "s@trigger-old",
      scheduled_for: "",
      overlap: "allow",
      input: null,
    };
    const command = { incarnation: "that one", command: { kind: "trigger", item } };
    await process.runtime.emitEvent("schedule:s", command);
    await process.schedules.create({ id: "s", workflow: job, cron: "0 * * * *" });
    await world.pass(HOUR, [process], MINUTE);
    expect((await world.started("s")).map(({ runId }) => runId)).toEqual(["s@20260101T010000Z"]);
  });

  it("keeps its ledger's records small, however large its input is", async () => {
    const world = scheduleWorld();
    const process = world.boot();
    const input = { text: "x".repeat(100_000) };
    const { runId } = await process.schedules.create({
      id: "s",
      workflow: job,
      input,
      every: { minutes: 1 },
    });
    await world.pass(5 * MINUTE, [process]);
    const texts = await world.store.recordTexts(runId, { after: 1 });
    expect(texts.join("\n").length).toBeLessThan(50_000);
    expect((await world.started("s"))[4]?.vars["text"]).toHaveLength(100_000);
  });
});

describe("create", () => {
  it("refuses an input that the workflow would refuse, where it is given", async () => {
    const strict = defineWorkflow({
      id: "strict",
      entry: "go",
      vars: z.strictObject({ wanted: z.string() }),
      nodes: { go: () => complete(null) },
    });
    const { schedules } = scheduleWorld().boot();
    const given = { id: "s", workflow: strict, input: { wanted: "x" }, cron: "0 * * * *" };
    await expect(schedules.create(given)).rejects.toMatchObject({ code: "schema_mismatch" });
  });

  const given = { id: "s", workflow: job, cron: "0 3 * * *" };

  it("leaves a schedule alone that is to do the same, and refuses another of its name", async () => {
    const world = scheduleWorld();
    const [one, other] = [world.boot(), world.boot()];
    const infos = await Promise.all([one, other].map(({ schedules }) => schedules.create(given)));
    expect(infos[0]?.runId).toBe(infos[1]?.runId);
    await expect(other.schedules.create({ ...given, cron: "0 4 * * *" })).rejects.toMatchObject({
      code: "run_exists",
      message: expect.stringContaining("update or remove it"),
    });
    expect(await one.schedules.list()).toHaveLength(1);
  });

  it.each<[object, RegExp]>([
    [{ id: "a@b" }, /schedule id "a@b": use 1 to 120/],
    [{ cron: "61 * * * *" }, /cron "61 \* \* \* \*"/],
    [{ timeZone: "Mars/Olympus" }, /timeZone "Mars\/Olympus"/],
    [{ at: "2026-01-02T00:00:00Z" }, /only one of cron, every and at/],
    [{ cron: undefined }, /say when; give one of cron, every and at/],
    [{ cron: undefined, at: "2025-01-02T00:00:00Z" }, /it would never tick/],
    [{ cron: undefined, at: "tomorrow" }, /at: give an instant/],
    [{ cron: undefined, every: { minutes: 0 } }, /every: give at least a second/],
    [{ cron: undefined, every: { weeks: 1 } }, /every.weeks: there is no such option/],
    [{ cron: undefined, every: { minutes: 1 }, timeZone: "UTC" }, /timeZone: it belongs to cron/],
    [{ endAt: "2025-12-31T00:00:00Z" }, /it would never tick/],
    [{ overlap: "queue" }, /overlap: give one of skip, buffer_one, allow, cancel_running/],
    [{ catchUp: "some" }, /catchUp: give one of none, last, all/],
    [{ maxCatchUp: 0 }, /maxCatchUp: give a whole number from 1 to 1000/],
    [{ input: { schedule: 1 } }, /input.schedule: each run finds there/],
    [{ input: [1] }, /input: give an object/],
    [{ workflow: "" }, /workflow: give a workflow, or the id/],
    [{ workflow: "abstractruntime.schedule" }, /a schedule can't start schedules/],
    [{ timezone: "UTC" }, /schedule.timezone: there is no such option/],
  ])("refuses %j, and changes nothing", async (wrong, message) => {
    const world = scheduleWorld();
    const { schedules } = world.boot();
    await expect(schedules.create({ ...given, ...wrong })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(message),
    });
    expect((await world.store.list()).items).toEqual([]);
  });
});
