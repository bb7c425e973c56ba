import { crashAt, FaultStore } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import type { Overlap } from "../../src/cron/index.ts";
import { job, scheduleWorld, timesOf, type Process } from "./schedule-world.ts";

const MINUTE = 60_000;
const ticks = [1, 2, 3, 4, 5, 6, 7].map((minute) => `2026-01-01T00:0${minute}:00.000Z`);

interface Ending {
  readonly crashed: boolean;
  readonly times: readonly string[];
  readonly counts: unknown;
  readonly generation: string;
}

/** Seven minutes of a schedule whose first driver dies at one write of the store; another one goes on. */
async function lifeWithCrash(
  overlap: Overlap,
  at: number,
  when: "before" | "after",
  others: number,
): Promise<Ending> {
  const world = scheduleWorld({ turnsPerRun: 10 });
  const fragile = new FaultStore(world.store, { clock: world.clock, plan: crashAt(at, when) });
  const dying = world.boot({ store: fragile });
  const create = async ({ schedules }: Process): Promise<unknown> =>
    schedules.create({
      id: "s",
      workflow: job,
      every: { minutes: 1 },
      startAt: "2026-01-01T00:01:00Z",
      overlap,
      catchUp: "all",
    });
  const life = create(dying).then(() => world.pass(4 * MINUTE, [dying], 10_000));
  await Promise.race([life, fragile.whenCrashed]);
  const heirs = Array.from({ length: others }, () => world.boot());
  const [first] = heirs;
  if (first === undefined) throw new Error("somebody is to go on");
  await create(first);
  const rest = Date.parse("2026-01-01T00:07:50Z") - world.clock.now();
  await world.pass(rest, heirs, 10_000);
  const info = await first.schedules.get("s");
  return {
    crashed: fragile.crashed,
    times: timesOf(await world.started("s")),
    counts: info.counts,
    generation: info.runId,
  };
}

describe.each(["allow", "skip", "buffer_one", "cancel_running"] as const)(
  "with overlap %s",
  (overlap) => {
    it.each(["before", "after"] as const)(
      "each tick has one run when the driver dies %s any write",
      async (when) => {
        let crashes = 0;
        for (let at = 1; ; at += 1) {
          const ending = await lifeWithCrash(overlap, at, when, 1);
          expect(ending.times, `write ${at}`).toEqual(ticks);
          expect(ending.counts, `write ${at}`).toEqual({
            started: 7,
            skipped: 0,
            missed: 0,
            failed: 0,
          });
          expect(ending.generation).not.toBe("schedule.s.1");
          if (!ending.crashed) break;
          crashes += 1;
        }
        expect(crashes).toBeGreaterThan(30);
      },
    );
  },
);

describe("two drivers that go on after a third died", () => {
  it("start one run per tick", async () => {
    for (let at = 1; ; at += 3) {
      const ending = await lifeWithCrash("skip", at, "after", 2);
      expect(ending.times, `write ${at}`).toEqual(ticks);
      if (!ending.crashed) break;
    }
  });
});

describe("a driver that dies at any write", () => {
  it("never lets runs overlap, nor forgets a tick, where they take longer than a tick", async () => {
    for (let at = 1; ; at += 1) {
      const world = scheduleWorld({ turnsPerRun: 12 });
      const plan = crashAt(at, at % 2 === 0 ? "before" : "after");
      const fragile = new FaultStore(world.store, { clock: world.clock, plan });
      const dying = world.boot({ store: fragile });
      const given = {
        id: "s",
        workflow: job,
        input: { takesMs: 95_000 },
        every: { minutes: 1 },
        startAt: "2026-01-01T00:01:00Z",
        overlap: "buffer_one",
      } as const;
      const life = dying.schedules
        .create(given)
        .then(() => world.pass(4 * MINUTE, [dying], 10_000));
      await Promise.race([life, fragile.whenCrashed]);
      const heir = world.boot();
      await heir.schedules.create(given);
      await world.pass(Date.parse("2026-01-01T00:08:30Z") - world.clock.now(), [heir], 10_000);
      const { counts, buffered } = await heir.schedules.get("s");
      const waiting = buffered === null ? 0 : 1;
      expect(counts.started + counts.skipped + counts.missed + waiting, `write ${at}`).toBe(8);
      const runs = await world.started("s");
      expect(runs, `write ${at}`).toHaveLength(counts.started);
      const inOrder = runs.toSorted((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
      for (const [index, { status, updatedAt }] of inOrder.slice(0, -1).entries()) {
        expect(status, `write ${at}`).toBe("completed");
        const next = Date.parse(inOrder[index + 1]?.createdAt ?? "");
        expect(Date.parse(updatedAt), `write ${at}`).toBeLessThanOrEqual(next);
      }
      if (!fragile.crashed) break;
    }
  });

  it("does once what it was told and told again", async () => {
    const expected = ["s@20251231T220000Z", "s@20251231T230000Z", "s@trigger-t"];
    for (const when of ["before", "after"] as const) {
      for (let at = 1; ; at += 1) {
        const world = scheduleWorld();
        const fragile = new FaultStore(world.store, {
          clock: world.clock,
          plan: crashAt(at, when),
        });
        const dying = world.boot({ store: fragile });
        const ask = async ({ schedules }: Process): Promise<void> => {
          await schedules.create({ id: "s", workflow: job, cron: "0 * * * *" });
          await schedules.trigger("s", { triggerId: "t" });
          await schedules.backfill("s", {
            from: "2025-12-31T22:00:00Z",
            to: "2025-12-31T23:00:00Z",
          });
        };
        await Promise.race([ask(dying), fragile.whenCrashed]);
        const heir = world.boot();
        await ask(heir);
        await world.pass(2 * MINUTE, [heir], 5_000);
        const runs = await world.started("s");
        expect(
          runs.map(({ runId }) => runId),
          `write ${at}`,
        ).toEqual(expected);
        if (!fragile.crashed) break;
      }
    }
  });
});
