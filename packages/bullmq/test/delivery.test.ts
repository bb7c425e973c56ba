import { Queue } from "bullmq";
import { afterAll, describe, expect, it } from "vitest";
import { encodeRunJob } from "../src/run-job.ts";
import { startRedis } from "./redis.ts";
import { until, World } from "./world.ts";

const redis = await startRedis();
afterAll(() => redis?.stop());

/** A queue as BullMQ sees it, and where it is for a fleet. */
async function openQueue() {
  if (redis === null) throw new Error("no Redis");
  const at = redis.newQueue();
  const queue = new Queue(at.queue, { connection: { url: at.connection }, prefix: at.prefix });
  return {
    at,
    queue,
    count: (state: "completed" | "failed") => queue.getJobCountByTypes(state),
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

describe.skipIf(redis === null)("A job of a fleet", () => {
  it("is delivered twice, and its effect is executed once", async () => {
    await using world = new World();
    await using jobs = await openQueue();
    await world.startMany("held", 1);
    const [due] = (await world.runtime.claimDue({ limit: 1 })).runs;
    if (due === undefined) throw new Error("nothing is due");
    const data = encodeRunJob("held", due.handover);
    const workers = [1, 2, 3].map(() =>
      world.fleet({ ...jobs.at, dispatch: false, runtime: world.newRuntime() }),
    );
    await jobs.queue.addBulk(Array.from({ length: 6 }, () => ({ name: "held", data })));
    await until(async () => (await jobs.count("completed")) === 5);
    expect(world.calls).toHaveLength(1);
    await jobs.queue.add("held", data); // while its effect is under way
    await until(async () => (await jobs.count("completed")) === 6);
    world.calls[0]?.end();
    await until(() => world.calls.length === 2);
    world.calls[1]?.end("done");
    expect(await world.results([due.runId])).toEqual(["done"]);
    await jobs.queue.add("held", data); // after its end
    await until(async () => (await jobs.count("completed")) === 8);
    expect(world.calls).toHaveLength(2);
    expect(workers.reduce((sum, { stats }) => sum + stats.leasesGone, 0)).toBe(7);
    expect(await jobs.count("failed")).toBe(0);
  });

  it("shows what it is about and what came of it", async () => {
    await using world = new World();
    await using jobs = await openQueue();
    const [runId] = await world.startMany("quick", 1);
    world.fleet({ ...jobs.at, priorities: { quick: 7 } });
    await until(async () => (await jobs.count("completed")) === 1);
    const [job] = await jobs.queue.getCompleted();
    expect(job).toMatchObject({
      name: "quick",
      data: { run_id: runId, workflow_id: "quick", lease_id: job?.id, revision: 1 },
      returnvalue: { outcome: "driven", status: "completed", revision: 2 },
      opts: { attempts: 1, priority: 7 },
    });
  });

  it("fails when it is none of ours, and harms nobody", async () => {
    await using world = new World();
    await using jobs = await openQueue();
    world.fleet(jobs.at);
    await jobs.queue.addBulk([
      { name: "foreign", data: { to: "nobody" } },
      { name: "foreign", data: null },
    ]);
    await until(async () => (await jobs.count("failed")) === 2);
    const [job] = await jobs.queue.getFailed();
    expect(job?.failedReason).toContain("holds no run");
    await world.results(await world.startMany("quick", 2));
  });

  it("keeps the lease of its run for as long as it waits for a worker", async () => {
    await using world = new World({ leaseMs: 300 });
    await using jobs = await openQueue();
    world.fleet({ ...jobs.at, concurrency: 1 });
    await world.startMany("held", 1);
    await until(() => world.calls.length === 1);
    const ids = await world.startMany("quick", 5);
    const leases = async () =>
      Promise.all(ids.map(async (id) => (await world.store.load(id))?.head));
    await until(async () => (await leases()).every((head) => head?.leaseId != null));
    const before = await leases();
    const end = Date.parse(before[0]?.wakeAt ?? "") + 600;
    await until(async () => Date.parse((await leases())[0]?.wakeAt ?? "") > end);
    expect((await leases()).map((head) => head?.leaseId)).toEqual(before.map((h) => h?.leaseId));
    expect((await leases()).every((head) => head?.claims === 1)).toBe(true);
    world.calls[0]?.end();
    await until(() => world.calls.length === 2);
    world.calls[1]?.end();
    await world.results(ids);
  });

  it("leaves the queue no longer than it may be", async () => {
    await using world = new World();
    await using jobs = await openQueue();
    const ids = await world.startMany("quick", 30);
    const dispatcher = world.fleet({ ...jobs.at, concurrency: 0, maxQueued: 10 });
    await until(() => dispatcher.stats.dispatched === 10);
    await until(() => dispatcher.health.lastDispatchAt !== null);
    expect(await jobs.queue.getWaitingCount()).toBe(10);
    world.fleet({ ...jobs.at, dispatch: false, concurrency: 3 });
    await world.results(ids);
  });

  it("puts a run off that its worker can't drive, tells of it, and goes on with others", async () => {
    await using world = new World();
    await using jobs = await openQueue();
    const failures: [string, string][] = [];
    const { held, ...others } = world.workflows;
    expect(held.id).toBe("held");
    world.fleet({ ...jobs.at, concurrency: 0 });
    const worker = world.fleet({
      ...jobs.at,
      dispatch: false,
      runtime: world.newRuntime({ workflows: Object.values(others) }),
      onRunFailed: (runId, error) => {
        failures.push([runId, (error as { code?: string }).code ?? error.message]);
        throw new Error("a hook that fails");
      },
    });
    const [runId = ""] = await world.startMany("held", 1);
    await until(async () => (await jobs.count("failed")) === 1);
    expect(failures).toEqual([[runId, "workflow_not_registered"]]);
    expect(worker.stats.failed).toBe(1);
    expect(world.log.some(({ event }) => event === "fleet.hook_failed")).toBe(true);
    const head = (await world.store.load(runId))?.head;
    expect(head).toMatchObject({ leaseId: null, claims: 0 });
    await world.results(await world.startMany("quick", 3));
  });

  it("is left to a worker that performs its effect", async () => {
    await using world = new World();
    await using jobs = await openQueue();
    const failures: string[] = [];
    world.fleet({ ...jobs.at, concurrency: 0 });
    const without = world.fleet({
      ...jobs.at,
      dispatch: false,
      unhandledEffects: "put_off",
      runtime: world.newRuntime({ effects: [] }),
      onRunFailed: (_runId, error) => void failures.push((error as { code?: string }).code ?? ""),
    });
    const [runId = ""] = await world.startMany("held", 1);
    await until(() => failures.length > 0);
    expect(failures[0]).toBe("effect_not_registered");
    expect((await world.runtime.getState(runId)).status).toBe("running");
    await without.stop();
    world.fleet({ ...jobs.at, dispatch: false });
    for (const place of [0, 1]) {
      await until(() => world.calls.length > place);
      world.calls[place]?.end("done");
    }
    expect(await world.results([runId])).toEqual(["done"]);
  });
});
