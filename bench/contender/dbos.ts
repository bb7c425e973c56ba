import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import { untilTime } from "../measure/until-time.ts";
import type { Contender } from "./contender.ts";

/** The best of 5, 10, 20 and 50 at 50 workflows at a time. */
const POOL_SIZE = 20;

const countedSteps = DBOS.registerWorkflow(
  async (steps: number): Promise<number> => {
    let last = 0;
    for (let n = 1; n <= steps; n += 1)
      last = (await DBOS.runStep(async () => ({ seen: n }), { name: "count" })).seen;
    return last;
  },
  { name: "countedSteps" },
);

/** DBOS Transact: plain async functions whose steps' results are stored; no tracing, no cloud, no logs but errors. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    systemDatabasePool: pool,
    enableOTLP: false,
    logLevel: "error",
  });
  await DBOS.launch();
  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      return untilTime(milliseconds, concurrency, async () => {
        const seen = await countedSteps(steps);
        if (seen !== steps) throw new Error(`${steps} steps saw ${seen}`);
      });
    },
    async [Symbol.asyncDispose]() {
      await DBOS.shutdown();
      await pool.end();
    },
  };
}
