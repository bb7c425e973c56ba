import { afterAll, describe, expect, it } from "vitest";
import { startRedis, type TestRedis } from "./redis.ts";
import { until, World } from "./world.ts";

const redis = await startRedis();
afterAll(() => redis?.stop());

describe.skipIf(redis === null)("BullFleet", () => {
  const newQueue = () => (redis as TestRedis).newQueue();

  it("brings timers, retries, events and children to their ends", async () => {
    await using world = new World();
    const fleet = world.fleet(newQueue());
    const ids = await world.startMany("errand", 20);
    await Promise.all(ids.map((id) => world.runtime.emitEvent(`news:${id}`, "heard")));
    const results = await world.results(ids);
    expect(results).toEqual(ids.map(() => ({ worked: "worked", news: "heard", one: "leaf" })));
    expect(fleet.stats).toMatchObject({ failed: 0, leasesGone: 0 });
    expect(fleet.health).toMatchObject({ isRunning: true, reachesRedis: true, error: null });
  });

  it("hands runs of one dispatcher to workers of other processes", async () => {
    await using world = new World();
    const at = newQueue();
    const dispatcher = world.fleet({ ...at, concurrency: 0 });
    const workers = [1, 2].map(() =>
      world.fleet({ ...at, dispatch: false, concurrency: 2, runtime: world.newRuntime() }),
    );
    const ids = await world.startMany("quick", 100);
    await world.results(ids);
    await until(() => workers.reduce((sum, { stats }) => sum + stats.driven, 0) === 100);
    expect(dispatcher.stats).toMatchObject({ dispatched: 100, driven: 0 });
    expect(workers.every(({ stats }) => stats.dispatched === 0 && stats.driven > 0)).toBe(true);
  });
});
