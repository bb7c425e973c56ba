import type { RecordRange } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";

/** A run's records as text, in order of `seq`, without lines before the one at which folding begins. */
export async function foldableTexts(
  database: Database,
  runId: string,
  { after = 0, limit }: RecordRange,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ readonly record: string }>(
    "foldable",
    `select l.record from {s}.ledger l
where l.run_id = $1 and l.seq > greatest($2, (select r.fold_from from {s}.runs r where r.run_id = $1))
order by l.seq limit $3`,
    [safeText(runId), after, limit ?? null],
  );
  return rows.map(({ record }) => record);
}

/** All lines of a run's ledger as they are stored. A line's number is the `seq` of its record. */
export async function recordTexts(
  database: Database,
  runId: string,
  { after = 0, limit }: RecordRange,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ readonly record: string }>(
    "records",
    "select record from {s}.ledger where run_id = $1 and seq > $2 order by seq limit $3",
    [safeText(runId), after, limit ?? null],
  );
  return rows.map(({ record }) => record);
}
