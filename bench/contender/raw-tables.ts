import { MemoryStore, Runtime } from "@abstractruntime/core";
import pg from "pg";
import { count, counting, countingVars } from "../workload/counting.ts";

/** The least that a durable run needs: a head that is changed by each step, and a ledger that grows by a row. */
const rawTablesSql = `
create table runs (
  run_id text collate "C" primary key,
  revision integer not null,
  status text not null,
  node text not null,
  updated_ms bigint not null
) with (fillfactor = 70);

create table ledger (
  run_id text collate "C" not null,
  seq integer not null,
  record text not null,
  primary key (run_id, seq)
);`;

export async function openRaw(url: string, connections: number): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  await pool.query(rawTablesSql);
  return pool;
}

/** What the runtime writes to its ledger in each commit of such a run, as one text each. */
export async function ledgerTexts(steps: number): Promise<readonly string[]> {
  await using store = new MemoryStore();
  await using runtime = new Runtime({ store, effects: [count], closesStore: false });
  const { runId } = await runtime.start(counting, { vars: countingVars(steps) });
  const [records, texts] = [await store.records(runId), await store.recordTexts(runId)];
  const commits = Map.groupBy(texts, (_, index) => records[index]?.revision);
  if (commits.size !== steps + 1) throw new Error(`${steps} steps made ${commits.size} commits`);
  return [...commits.values()].map((group) => group.join("\n"));
}
