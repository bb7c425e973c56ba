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
