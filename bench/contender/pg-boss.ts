import { PgBoss } from "pg-boss";
import { timed } from "../measure/stopwatch.ts";
import { Countdown } from "../workload/countdown.ts";
import { DueAtOnce } from "../workload/due-at-once.ts";
import type { Contender } from "./contender.ts";

const queue = "timers";

/** pg-boss with one worker that polls as often as it may, and takes large batches without a pause between full ones. */
export async function open(url: string): Promise<Contender> {
  const boss = new PgBoss({ connectionString: url });
  boss.on("error", console.error);
  await boss.start();
  await boss.createQueue(queue);
  let onFired: () => void = () => undefined;
  const eager = { pollingIntervalSeconds: 0.5, batchSize: 500, burstWhenBatchFull: true };
  await boss.work(queue, eager, async (jobs) => {
    for (const _ of jobs) onFired();
  });
  let dueAtOnce: DueAtOnce | null = null;
  return {
    pool: null,
    async timers({ timers, leadMs }) {
      dueAtOnce ??= new DueAtOnce(leadMs);
      const samples = await dueAtOnce.lateness(timers, async (dueAt, fired) => {
        onFired = fired;
        const startAfter = new Date(dueAt);
        await boss.insert(
          queue,
          Array.from({ length: timers }, (_, n) => ({ data: { n }, startAfter })),
        );
      });
      return { seconds: Math.max(...samples) / 1_000, runs: timers, samples };
    },
    async workers({ runs, steps, concurrency }) {
      const ended = new Countdown(runs);
      const chain = `chain-${steps}-${concurrency}`;
      await boss.createQueue(chain);
      const id = await boss.work<{ step: number }>(
        chain,
        { pollingIntervalSeconds: 0.5, batchSize: concurrency, burstWhenBatchFull: true },
        async (jobs) => {
          await Promise.all(
            jobs.map(async ({ data: { step } }) => {
              if (step === steps) ended.count();
              else await boss.send(chain, { step: step + 1 });
            }),
          );
        },
      );
      const took = await timed(async () => {
        await boss.insert(
          chain,
          Array.from({ length: runs }, () => ({ data: { step: 1 } })),
        );
        await ended.done;
      });
      await boss.offWork(chain, { id });
      return { seconds: took.seconds, runs, samples: [] };
    },
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: false });
    },
  };
}
