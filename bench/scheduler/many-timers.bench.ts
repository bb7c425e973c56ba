// Five times as many timers due at one instant, over two processes: lateness grows with their number, and none is lost or doubled.
import { Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { inParallel } from "../measure/in-parallel.ts";
import { median } from "../measure/median.ts";
import { percentile } from "../measure/percentile.ts";
import { benchmark } from "../report/benchmark.ts";
import { openServer } from "../workload/bench-server.ts";
import { DueAtOnce } from "../workload/due-at-once.ts";
import { sleeping, sleepingEffects } from "../workload/sleeping.ts";
import { hireTimerWorker } from "../workload/timer-worker.ts";

const settings = { few: 2_000, many: 10_000, leadMs: 4_000, turns: 5 };

await benchmark("many timers", settings, async ({ few, many, leadMs, turns }) => {
  await using server = await openServer();
  await using database = await server.newDatabase();
  const store = await PostgresStore.open({ connectionString: database.url });
  await using runtime = new Runtime({ store, workflows: [sleeping], effects: sleepingEffects });
  await using first = await hireTimerWorker(database.url);
  await using second = await hireTimerWorker(database.url);
  let fired = 0;
  let set = 0;
  const measure = async (timers: number, dueAtOnce: DueAtOnce): Promise<number> => {
    const late = await dueAtOnce.lateness(timers, async (dueAt, tell) => {
      for (const worker of [first, second])
        worker.onFired((at) => {
          fired += 1;
          tell(at);
        });
      set += timers;
      const vars = { until: new Date(dueAt).toISOString() };
      await inParallel(timers, 200, async () => {
        await runtime.start(sleeping, { vars });
      });
    });
    return percentile(late, 99);
  };
  const [withFew, withMany] = [new DueAtOnce(leadMs), new DueAtOnce(leadMs * 4)];
  await measure(few, withFew);
  const growth: number[] = [];
  const ofFew: number[] = [];
  const ofMany: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    ofFew.push(await measure(few, withFew));
    ofMany.push(await measure(many, withMany));
    growth.push((ofMany.at(-1) ?? NaN) / (ofFew.at(-1) ?? NaN));
  }
  return [
    { what: `${few} timers: late, p99`, value: median(ofFew), unit: "ms" },
    { what: `${many} timers: late, p99`, value: median(ofMany), unit: "ms" },
    {
      what: "the second beside the first",
      value: median(growth),
      unit: "x",
      bar: { atMost: many / few },
    },
    { what: "fired, beside set", value: fired / set, unit: "x", bar: { atLeast: 1, atMost: 1 } },
  ];
});
