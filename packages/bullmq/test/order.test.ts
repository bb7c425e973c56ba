import { afterAll, describe, expect, it } from "vitest";
import { startRedis, type TestRedis } from "./redis.ts";
import { until, World } from "./world.ts";

const redis = await startRedis();
afterAll(() => redis?.stop());

describe.skipIf(redis === null)("A queue of a fleet", () => {
  const newQueue = () => (redis as TestRedis).newQueue();

  it("lets runs of a workflow pass that come first, also when it is full of others", async () => {
    await using world = new World();
    const at = newQueue();
    const priorities = { quick: 5, leaf: 3 };
    const dispatcher = world.fleet({ ...at, concurrency: 0, maxQueued: 10, priorities });
    await world.startMany("quick", 20);
    await until(() => dispatcher.stats.dispatched === 10); // full
    await world.startMany("leaf", 3);
    await until(() => dispatcher.stats.dispatched === 13);
    await world.startMany("urgent", 3);
    await until(() => dispatcher.stats.dispatched === 16);
    const order: string[] = [];
    const onRunResumed = ({ workflowId }: { workflowId: string }) => void order.push(workflowId);
    world.fleet({ ...at, dispatch: false, concurrency: 1, onRunResumed });
    await until(() => order.length === 26);
    const first = (count: number, workflow: string) => Array<string>(count).fill(workflow);
    expect(order).toEqual([...first(3, "urgent"), ...first(3, "leaf"), ...first(20, "quick")]);
  });

  it("begins no more runs than its rate allows, by all workers together", async () => {
    await using world = new World();
    const at = { ...newQueue(), rateLimit: { max: 3, durationMs: 400 } };
    const begun: number[] = [];
    const onRunResumed = () => void begun.push(performance.now());
    const ids = await world.startMany("quick", 12);
    world.fleet({ ...at, concurrency: 0 });
    for (const _ of [1, 2]) world.fleet({ ...at, dispatch: false, onRunResumed });
    await world.results(ids);
    await until(() => begun.length === 12);
    const longest = Math.max(...begun) - Math.min(...begun);
    expect(longest).toBeGreaterThan(3 * 400 - 400); // four portions, the first of which may have come late
  });
});
