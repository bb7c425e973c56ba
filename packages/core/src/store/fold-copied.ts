import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore, NewRun } from "../ports/durable-store.ts";
import { follow } from "../run/fold-run.ts";
import type { RunState } from "../run/run-state.ts";

const pageSize = 1_000;

/**
 * The state at rest from which a fork's own records go on: the fold of the records that it copies.
 *
 * @param visit is given each copied record
 * @returns `undefined` when the store does not have those records: it will say so.
 */
export async function foldCopied(
  store: DurableStore,
  { copyOf, records: [first] }: NewRun,
  visit: (record: LedgerRecord) => void,
  options: Abortable,
): Promise<RunState | undefined> {
  if (copyOf === undefined || first?.seq !== copyOf.seq + 1) return undefined;
  let run: RunState | undefined;
  for (let after = 0; after < copyOf.seq;) {
    const range = { after, limit: Math.min(pageSize, copyOf.seq - after) };
    const records = await store.records(copyOf.runId, range, options);
    for (const record of records) {
      // Of a run that was adopted from 0.2.0, records begin after its lines.
      if (record.seq > copyOf.seq) break;
      visit(record);
      run = follow(run, record);
    }
    if (run === undefined || records.length === 0) return undefined;
    after = run.seq;
  }
  return run;
}
