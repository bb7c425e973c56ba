import { FaultStore, seededFaults } from "@abstractruntime/testkit";
import { expect, it } from "vitest";
import { driveDue, job, scheduleWorld, timesOf, type Process } from "./schedule-world.ts";

const MINUTE = 60_000;

it.each(Array.from({ length: 25 }, (_, index) => index + 1))(
  "each tick has one run, whatever calls of the store fail or lose their answers: seed %i",
  async (seed) => {
    const world = scheduleWorld({ turnsPerRun: 10 });
    const { clock, store } = world;
    const faulty = [0, 1].map((nth) => {
      const plan = seededFaults({ seed: seed * 10 + nth, rate: 0.2 });
      return new FaultStore(store, { clock, plan });
    });
    const processes = faulty.map((each) => world.boot({ store: each }));
    const calm = world.boot();
    const times = { every: { minutes: 1 }, catchUp: "all", overlap: "allow" } as const;
    await calm.schedules.create({ id: "s", workflow: job, ...times });
    const over = new AbortController();
    const drive = async (process: Process): Promise<void> => {
      while (!over.signal.aborted) {
        await clock.sleep(5_000);
        await driveDue(store, process, clock.now()).catch(() => undefined);
      }
    };
    const drivers = Promise.all(processes.map(drive));
    await clock.advance(20 * MINUTE);
    over.abort();
    await clock.advance(5 * MINUTE);
    await drivers;
    await world.pass(MINUTE, [calm], 10_000);
    expect(faulty.flatMap(({ faults }) => faults).length).toBeGreaterThan(20);
    const ticks = timesOf(await world.started("s"));
    const first = Date.UTC(2026, 0, 1, 0, 1);
    expect(ticks).toEqual(
      Array.from({ length: 26 }, (_, index) => new Date(first + index * MINUTE).toISOString()),
    );
    expect((await calm.schedules.get("s")).counts).toMatchObject({ missed: 0, failed: 0 });
  },
);
