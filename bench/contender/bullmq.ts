import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { redisUrl } from "../workload/redis-answers.ts";
import { DueAtOnce } from "../workload/due-at-once.ts";
import type { Contender } from "./contender.ts";

/** BullMQ on the Redis of `REDIS_URL`, else at 127.0.0.1:6379: delayed jobs and one worker. */
export async function open(): Promise<Contender> {
  const connection = { url: redisUrl };
  const prefix = `bench-${randomUUID()}`;
  const queue = new Queue("timers", { connection, prefix });
  let onFired: () => void = () => undefined;
  const worker = new Worker("timers", async () => onFired(), {
    connection,
    prefix,
    concurrency: 500,
    removeOnComplete: { count: 0 },
  });
  await worker.waitUntilReady();
  let dueAtOnce: DueAtOnce | null = null;
  return {
    pool: null,
    async timers({ timers, leadMs }) {
      dueAtOnce ??= new DueAtOnce(leadMs);
      const samples = await dueAtOnce.lateness(timers, async (dueAt, fired) => {
        onFired = fired;
        const jobs = Array.from({ length: timers }, (_, n) => ({
          name: "timer",
          data: { n },
          opts: { delay: dueAt - Date.now() },
        }));
        await queue.addBulk(jobs);
      });
      return { seconds: Math.max(...samples) / 1_000, runs: timers, samples };
    },
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}
