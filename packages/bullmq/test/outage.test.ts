import { afterAll, describe, expect, it } from "vitest";
import { ask, type OwnRedis, startOwnRedis } from "./redis.ts";
import { until, World } from "./world.ts";

const redis = await startOwnRedis();
afterAll(() => redis?.stop());

// An unhandled rejection would fail them all: Vitest sees to that.
describe.skipIf(redis === null)("BullFleet over a Redis that loses everything", () => {
  const server = redis as OwnRedis;

  it("completes all runs when Redis is flushed again and again", async () => {
    await using world = new World({ leaseMs: 1_000 });
    const fleet = world.fleet({ connection: server.url, concurrency: 5, queue: "flushed" });
    const ids = await world.startMany("errand", 100);
    for (let flushes = 0; flushes < 5; flushes += 1) {
      const before = fleet.stats.driven;
      await until(() => fleet.stats.driven >= before + 5);
      await server.flush();
    }
    await Promise.all(ids.map((id) => world.runtime.emitEvent(`news:${id}`, "heard")));
    await server.flush();
    await world.results(ids);
    expect(fleet.stats.failed).toBe(0);
  });

  it("completes all runs when Redis is killed with all it held, and comes back", async () => {
    await using world = new World({ leaseMs: 1_000 });
    const fleet = world.fleet({ connection: server.url, concurrency: 5, queue: "killed" });
    const ids = await world.startMany("errand", 50);
    await Promise.all(ids.map((id) => world.runtime.emitEvent(`news:${id}`, "heard")));
    await until(() => fleet.stats.driven >= 10);
    await server.kill();
    await until(() => fleet.health.error !== null);
    expect(fleet.health).toMatchObject({ reachesRedis: false, isRunning: true });
    await server.start();
    await world.results(ids);
    expect(fleet.stats.failed).toBe(0);
    await until(() => fleet.health.reachesRedis && fleet.health.error === null);
  });

  it("claims nothing while Redis is away, begins when it comes, and stops without it", async () => {
    await using world = new World();
    await server.kill();
    const fleet = world.fleet({ connection: server.url, queue: "late" });
    const ids = await world.startMany("quick", 3);
    await until(() => fleet.health.error !== null);
    expect((await world.store.load("quick-0"))?.head).toMatchObject({ leaseId: null, claims: 0 });
    await server.start();
    await world.results(ids);
    await server.kill();
    await fleet.stop();
    const other = world.fleet({ connection: server.url, queue: "never" });
    await other.stop();
    expect(other.isRunning).toBe(false);
    await server.start();
  });

  it("lets runs go at once that Redis does not take, and goes on when it takes them", async () => {
    await using world = new World();
    const setMemory = (bytes: string) =>
      ask(server.url, async (asker) => void (await asker.config("SET", "maxmemory", bytes)));
    const fleet = world.fleet({ connection: server.url, queue: "full" });
    await until(() => fleet.health.lastDispatchAt !== null);
    await setMemory("1");
    const ids = await world.startMany("quick", 3);
    await until(() => fleet.stats.takenBack >= 3);
    expect(fleet.health.error).toContain("OOM");
    await until(async () => (await world.store.load("quick-0"))?.head.leaseId === null);
    expect((await world.store.load("quick-0"))?.head.claims).toBe(0);
    await setMemory("0");
    await world.results(ids);
    await until(() => fleet.health.error === null);
  });
});
