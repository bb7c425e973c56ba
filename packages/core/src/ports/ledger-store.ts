import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "./abortable.ts";
import type { RecordRange, StoreCapabilities } from "./durable-store.ts";

/**
 * Home of ledgers alone: the half of a `DurableStore` that is only ever appended to. `combineStores` makes a whole
 * store of it and a `RunStore`; for the two of them, what is in the ledger has happened.
 */
export interface LedgerStore extends AsyncDisposable {
  readonly capabilities: StoreCapabilities;

  /**
   * Add records to a run's ledger: all of them, durably, or none.
   *
   * @param expectedSeq `seq` of the last record before them, 0 for a new ledger.
   * @throws revision_conflict the last record stored has another `seq`. Nothing was written.
   * @throws store_unavailable the write may have happened.
   */
  append(
    runId: string,
    records: readonly LedgerRecord[],
    expectedSeq: number,
    options?: Abortable,
  ): Promise<void>;

  /** A run's records in order of `seq`; none for an unknown run. */
  list(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly LedgerRecord[]>;

  /** The same records as text, exactly as stored, one JSON object each. */
  texts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]>;

  /** Remove the ledger that this commit began; nothing when there is none, or another's. */
  remove(runId: string, firstCommitId: string, options?: Abortable): Promise<void>;

  close(): Promise<void>;
}
