import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "./abortable.ts";
import type { ForkOrigin } from "../run/run-state.ts";
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

  /**
   * Begin a ledger with the first records of another, exactly as they are stored there, and `records` after them: all,
   * durably, or none.
   *
   * @param origin whose records, up to which `seq`.
   * @throws revision_conflict the run has a ledger. Nothing was written.
   * @throws invalid_argument the origin's ledger has no such record.
   * @throws store_unavailable the write may have happened.
   */
  fork(
    runId: string,
    origin: ForkOrigin,
    records: readonly LedgerRecord[],
    options?: Abortable,
  ): Promise<void>;

  /**
   * Begin a ledger with lines from elsewhere, as they are (`NewRun.texts`): all, durably, or none.
   *
   * @param records the last of them, from the one on at which folding begins; `list` gives no others.
   * @throws revision_conflict the run has a ledger. Nothing was written.
   * @throws store_unavailable the write may have happened.
   */
  restore(
    runId: string,
    texts: readonly string[],
    records: readonly LedgerRecord[],
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
