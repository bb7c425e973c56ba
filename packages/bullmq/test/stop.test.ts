import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { ask, startRedis, type TestRedis } from "./redis.ts";
import { until, World } from "./world.ts";

const redis = await startRedis();
afterAll(() => redis?.stop());

describe.skipIf(redis === null)("BullFleet.stop", () => {
  const newQueue = () => (redis as TestRedis).newQueue();

  it("lets the effect under way end, begins no other, and hands everything back at once", async () => {
    await using world = new World();
    const fleet = world.fleet({ ...newQueue(), concurrency: 1 });
    const [runId = ""] = await world.startMany("held", 1);
    await until(() => world.calls.length === 1);
    const waiting = await world.startMany("quick", 30);
    await until(() => fleet.stats.dispatched === 31);
    const stopping = fleet.stop();
    await until(() => fleet.stats.takenBack === 30);
    expect(world.calls[0]?.signal.aborted).toBe(false);
    world.calls[0]?.end("kept");
    await stopping;
    expect(fleet.isRunning).toBe(false);
    expect(world.calls).toHaveLength(1);
    expect(await world.runtime.getState(runId)).toMatchObject({
      status: "running",
      vars: { r: "kept" },
    });
    for (const id of [runId, ...waiting])
      expect((await world.store.load(id))?.head).toMatchObject({ leaseId: null, claims: 0 });
    const { runs } = await world.runtime.claimDue({ limit: 100 });
    expect(runs).toHaveLength(31);
  });

  it("interrupts what takes too long, and may start again", async () => {
    await using world = new World();
    const fleet = world.fleet(newQueue());
    const [runId = ""] = await world.startMany("held", 1);
    await until(() => world.calls.length === 1);
    await Promise.all([fleet.stop({ drainMs: 0 }), fleet.stop()]);
    expect(world.calls[0]?.signal.aborted).toBe(true);
    expect((await world.store.load(runId))?.head.leaseId).toBeNull();
    expect(fleet.stats).toMatchObject({ failed: 0, underWay: 0 });
    fleet.start();
    fleet.start(); // changes nothing
    await until(() => world.calls.length === 2);
    world.calls[1]?.end();
    await until(() => world.calls.length === 3);
    world.calls[2]?.end("done");
    expect(await world.results([runId])).toEqual(["done"]);
  });

  it("leaves a client alone that it was given, and no connection of its own open", async () => {
    await using world = new World();
    const at = newQueue();
    const client = new Redis(at.connection, { connectionName: `client-${at.prefix}` });
    await client.ping();
    const fleet = world.fleet({ ...at, connection: client });
    await world.results(await world.startMany("quick", 3));
    const ours = () =>
      ask(at.connection, async (asker) => {
        const lines = String(await asker.client("LIST")).split("\n");
        return lines.filter((line) => line.includes(at.prefix)).length;
      });
    expect(await ours()).toBeGreaterThan(1);
    await fleet.stop();
    await until(async () => (await ours()) === 1);
    expect(await client.ping()).toBe("PONG");
    client.disconnect();
  });

  it("ends by itself when its runtime is closed", async () => {
    await using world = new World();
    const runtime = world.newRuntime();
    const fleet = world.fleet({ ...newQueue(), runtime });
    await until(() => fleet.health.lastDispatchAt !== null);
    await runtime.close();
    await world.startMany("quick", 1);
    await fleet.stop();
    expect((await world.store.load("quick-0"))?.head.leaseId).toBeNull();
  });
});
