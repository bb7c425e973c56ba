import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { createRun, reduce } from "./reduce.ts";
import type { RunState } from "./run-state.ts";

/**
 * The state that a run's records make. `foldRun(ledger)` equals the stored state at every revision.
 *
 * @param records from the run's first record, or its last `adopted` one, without gaps
 * @throws store_corrupt no record, a first one that begins no run, or one that does not follow its predecessor
 */
export function foldRun(records: Iterable<LedgerRecord>): RunState {
  let run: RunState | undefined;
  for (const record of records) run = run === undefined ? beginFold(record) : reduce(run, record);
  if (run === undefined)
    throw new AbstractRuntimeError(
      "store_corrupt",
      "an empty ledger makes no run: give its records",
    );
  return run;
}

/** The run after one more record, which may be the first, or one with which folding starts anew. @throws store_corrupt */
export function follow(run: RunState | undefined, record: LedgerRecord): RunState {
  return run === undefined || record.kind === "adopted" ? beginFold(record) : reduce(run, record);
}

/** The run after the first record of a fold. */
export function beginFold(record: LedgerRecord): RunState {
  if (record.kind === "created") return createRun(record);
  if (record.kind === "adopted") {
    const updatedAt = record.endedAt ?? record.startedAt;
    return { ...record.run, seq: record.seq, revision: record.revision, updatedAt };
  }
  throw new AbstractRuntimeError(
    "store_corrupt",
    `${record.runId}: a ledger begins with created or adopted, not with ${record.kind} (record ${record.seq})`,
    { details: { runId: record.runId, seq: record.seq } },
  );
}
