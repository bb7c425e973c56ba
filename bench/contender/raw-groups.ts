import { randomUUID } from "node:crypto";
import { untilTime } from "../measure/until-time.ts";
import type { Contender } from "./contender.ts";
import { ledgerTexts, openRaw } from "./raw-tables.ts";
import type pg from "pg";

/** Statements under way at the same time. One was slower, more were no faster. */
const LANES = 2;

const write = {
  name: "write",
  text: `with i as materialized (
    select * from unnest($1::text[], $2::integer[], $3::text[]) as i(run_id, revision, record)
  ), born as (
    insert into runs (run_id, revision, status, node, updated_ms)
    select run_id, 0, 'running', 'loop', $4 from i where revision = 0 returning run_id
  ), moved as (
    update runs r set revision = i.revision, updated_ms = $4 from i
    where r.run_id = i.run_id and i.revision > 0 and r.revision = i.revision - 1 returning r.run_id
  ) insert into ledger (run_id, seq, record)
    select run_id, revision, record from i where run_id in (select run_id from born union all select run_id from moved)`,
};

interface Row {
  readonly runId: string;
  readonly revision: number;
  readonly record: string | undefined;
  readonly written: PromiseWithResolvers<void>;
}

/** No runtime: the same rows, of all runs that wait for one, in one statement. */
export async function open(url: string): Promise<Contender> {
  const pool = await openRaw(url, LANES);
  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      const texts = await ledgerTexts(steps);
      const group = new Group(pool);
      return untilTime(milliseconds, concurrency, async () => {
        const runId = randomUUID();
        for (let n = 0; n <= steps; n += 1) await group.write(runId, n, texts[n]);
      });
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
    },
  };
}

class Group {
  readonly #pool: pg.Pool;
  #waiting: Row[] = [];
  #underWay = 0;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  write(runId: string, revision: number, record: string | undefined): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ runId, revision, record, written });
    // At the end of this turn of the event loop: what the last statement let go on is there then.
    if (this.#waiting.length === 1) setImmediate(() => void this.#sendAll());
    return written.promise;
  }

  async #sendAll(): Promise<void> {
    if (this.#underWay >= LANES || this.#waiting.length === 0) return;
    const rows = this.#waiting;
    this.#waiting = [];
    this.#underWay += 1;
    try {
      const { rowCount } = await this.#pool.query(write, [
        rows.map(({ runId }) => runId),
        rows.map(({ revision }) => revision),
        rows.map(({ record }) => record),
        Date.now(),
      ]);
      if (rowCount !== rows.length) throw new Error(`${rows.length} steps wrote ${rowCount} rows`);
      for (const { written } of rows) written.resolve();
    } catch (error) {
      for (const { written } of rows) written.reject(error);
    } finally {
      this.#underWay -= 1;
    }
    void this.#sendAll();
  }
}
