import { describe, expect, it } from "vitest";
import { job, scheduleWorld, timesOf } from "./schedule-world.ts";

const MINUTE = 60_000;

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
    expect(runs[0]).toMatchObject({
      status: "completed",
      parentRunId: null,
      sessionId: "schedule:often",
      vars: {
        a: 1,
        schedule: { id: "often", scheduled_for: "2026-01-01T00:05:00.000Z", kind: "tick" },
      },
    });
    expect(await process.schedules.get("often")).toMatchObject({
      status: "active",
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
    expect(timesOf(runs)).toHaveLength(3);
  });
});
