import { Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import pg from "pg";
import { untilTime } from "../measure/until-time.ts";
import { count, counting, countingVars } from "../workload/counting.ts";
import type { Contender } from "./contender.ts";

/** This repository's runtime on its PostgreSQL store, both as they are by default. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url });
  const store = await PostgresStore.open({ pool });
  const runtime = new Runtime({ store, effects: [count] });
  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      let runId = "";
      const turn = await untilTime(milliseconds, concurrency, async () => {
        ({ runId } = await runtime.start(counting, { vars: countingVars(steps) }));
      });
      const { status } = await runtime.getState(runId);
      if (status !== "completed") throw new Error(`run ${runId} is ${status}`);
      return turn;
    },
    async [Symbol.asyncDispose]() {
      await runtime.close();
      await pool.end();
    },
  };
}
