import { randomUUID } from "node:crypto";
import { untilTime } from "../measure/until-time.ts";
import type { Contender } from "./contender.ts";
import { ledgerTexts, openRaw } from "./raw-tables.ts";

const begin = {
  name: "begin",
  text: `with head as (
    insert into runs (run_id, revision, status, node, updated_ms) values ($1, 0, 'running', 'loop', $2)
  ) insert into ledger (run_id, seq, record) values ($1, 0, $3)`,
};

const step = {
  name: "step",
  text: `with head as (
    update runs set revision = $2, updated_ms = $3 where run_id = $1 and revision = $2 - 1 returning run_id
  ) insert into ledger (run_id, seq, record) select run_id, $2, $4 from head`,
};

/** Fifty would leave none of a server's 100 for the others, and were no faster. */
const CONNECTIONS = 32;

/** No runtime: each step is a transaction of one statement, and a run waits for it before it sends the next. */
export async function open(url: string): Promise<Contender> {
  const pool = await openRaw(url, CONNECTIONS);
  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      const texts = await ledgerTexts(steps);
      return untilTime(milliseconds, concurrency, async () => {
        const runId = randomUUID();
        await pool.query(begin, [runId, Date.now(), texts[0]]);
        for (let n = 1; n <= steps; n += 1) {
          const { rowCount } = await pool.query(step, [runId, n, Date.now(), texts[n]]);
          if (rowCount !== 1) throw new Error(`step ${n} wrote ${rowCount} rows`);
        }
      });
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
    },
  };
}
