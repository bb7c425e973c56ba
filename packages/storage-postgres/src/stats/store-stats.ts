import type { RunState } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";

/** How much there is. */
export interface StoreStats {
  /** How many runs have each status. */
  readonly runs: Readonly<Record<RunState["status"], number>>;
  /** Bytes on disk with indexes, the largest table first. */
  readonly tables: readonly { readonly table: string; readonly bytes: number }[];
  /** Runs with the most bytes in ledger, checkpoint and inbox, as they are stored, the largest first. */
  readonly largestRuns: readonly { readonly runId: string; readonly bytes: number }[];
}

/** @param limit how many runs are named */
export async function storeStats(database: Database, limit: number): Promise<StoreStats> {
  const [runs, tables, largest] = await Promise.all([
    database.query<{ status: RunState["status"]; count: string }>(
      "stats_runs",
      "select status, count(*) as count from {s}.runs group by status",
      [],
    ),
    database.query<{ name: string; bytes: string }>("stats_tables", tablesSql, []),
    database.query<{ run_id: string; bytes: string }>("stats_largest", largestSql, [limit]),
  ]);
  const counts = { running: 0, waiting: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { status, count } of runs.rows) counts[status] = Number(count);
  return {
    runs: counts,
    tables: tables.rows.map(({ name, bytes }) => ({ table: name, bytes: Number(bytes) })),
    largestRuns: largest.rows.map(({ run_id: runId, bytes }) => ({ runId, bytes: Number(bytes) })),
  };
}

const tablesSql = `select c.relname as name, pg_total_relation_size(c.oid) as bytes
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = '{schema}' and c.relkind = 'r' order by bytes desc, c.relname`;

const largestSql = `select run_id, sum(bytes) as bytes from (
  select run_id, pg_column_size(record) as bytes from {s}.ledger
  union all select run_id, pg_column_size(state) from {s}.checkpoints
  union all select run_id, pg_column_size(message) from {s}.inbox where message is not null
) parts group by run_id order by bytes desc, run_id limit $1`;
