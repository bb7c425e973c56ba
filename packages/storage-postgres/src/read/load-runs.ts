import {
  AbstractRuntimeError,
  decodeRecord,
  decodeRun,
  foldRun,
  freezeRun,
  type LedgerRecord,
  reduce,
  type RunState,
  type StoredRun,
} from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import { idsOf } from "../connection/by-id.ts";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import type { RunSizes } from "../write/run-sizes.ts";
import { type HeadRow, headColumns, headOf } from "./load-heads.ts";

/** A run's head, its last checkpoint and the records since. */
export interface RunRow extends HeadRow {
  readonly tail_bytes: number;
  readonly state_bytes: number;
  readonly state: string | null;
  readonly tail: readonly string[] | null;
}

/** The columns of a `RunRow`, from `runs r`. */
export const runColumns: string = `${headColumns}, r.tail_bytes, r.state_bytes, k.state, array(
  select l.record from {s}.ledger l where l.run_id = r.run_id and l.seq > greatest(coalesce(k.seq, 0), r.fold_from) order by l.seq
) as tail`;

export const checkpointJoin = "left join {s}.checkpoints k on k.run_id = r.run_id";

/** Runs by id, those that are there. @throws store_corrupt */
export async function loadRuns(
  database: Database,
  sizes: RunSizes,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, StoredRun>> {
  const rows = await loadRows(database, runIds);
  return new Map(rows.map((row) => [row.run_id, storedRun(row, sizes)]));
}

/** The same without those that can't be read. @throws store_corrupt when none can */
export async function loadReadable(
  database: Database,
  sizes: RunSizes,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, StoredRun>> {
  const rows = await loadRows(database, runIds);
  const runs = new Map<string, StoredRun>();
  let lost: unknown = null;
  for (const row of rows) {
    try {
      runs.set(row.run_id, storedRun(row, sizes));
    } catch (error) {
      lost = error;
    }
  }
  if (runs.size === 0 && lost !== null) throw lost;
  return runs;
}

/** The rows of runs, those that are there. */
export async function loadRows(
  database: Database,
  runIds: readonly string[],
): Promise<readonly RunRow[]> {
  if (runIds.length === 0) return [];
  const ids = idsOf("$1");
  const { rows } = await database.query<RunRow>(
    "load",
    `select ${runColumns} from ${ids.from} join {s}.runs r on r.run_id = i.run_id ${checkpointJoin} where ${ids.where}`,
    [textArray(runIds.map(safeText))],
  );
  return rows;
}

/** @throws store_corrupt */
export function storedRun(row: RunRow, sizes: RunSizes): StoredRun {
  const where = `run ${row.run_id}`;
  const records = (row.tail ?? []).map((text, index) =>
    decodeRecord(text, `${where}, record ${index}`),
  );
  const run = row.state === null ? foldRun(records) : foldOn(row.state, records, where);
  if (run.revision !== row.revision)
    throw new AbstractRuntimeError(
      "store_corrupt",
      `${where}: its ledger leads to revision ${run.revision}, and its row is at ${row.revision}`,
      { details: { runId: row.run_id } },
    );
  sizes.note(row.run_id, { tailBytes: row.tail_bytes, stateBytes: row.state_bytes });
  return Object.freeze({ run: freezeRun(run), head: headOf(row) });
}

function foldOn(state: string, records: readonly LedgerRecord[], where: string): RunState {
  return records.reduce(reduce, decodeRun(JSON.parse(state), `${where}: checkpoint`));
}
