import { makeWorkerUtils, run, Logger } from "graphile-worker";
import { timed } from "../measure/stopwatch.ts";
import { Countdown } from "../workload/countdown.ts";
import type { Contender } from "./contender.ts";

/** graphile-worker: a job for each step, added by the one before; told of new jobs by NOTIFY. */
export async function open(url: string): Promise<Contender> {
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  return {
    pool: null,
    async workers({ runs, steps, concurrency }) {
      const ended = new Countdown(runs);
      const runner = await run({
        connectionString: url,
        concurrency,
        maxPoolSize: 20,
        logger,
        noHandleSignals: true,
        taskList: {
          step: async (payload, { addJob }) => {
            const { step } = payload as { readonly step: number };
            if (step === steps) ended.count();
            else await addJob("step", { step: step + 1 });
          },
        },
      });
      const took = await timed(async () => {
        await utils.addJobs(
          Array.from({ length: runs }, () => ({ identifier: "step", payload: { step: 1 } })),
        );
        await ended.done;
      });
      await runner.stop();
      return { seconds: took.seconds, runs, samples: [] };
    },
    async [Symbol.asyncDispose]() {
      await utils.release();
    },
  };
}
