import type { LedgerRecord } from "@abstractruntime/core/store";

/** A record of a commit, and its hash in the run's chain (64 hex digits). */
export interface HashedRecord {
  readonly record: LedgerRecord;
  readonly recordHash: string;
}

/**
 * Signs heads of ledgers. The hash chain asks it once per commit that it prepares, when the hashes are known and nothing
 * is written, and stores its answer with the records. A commit that is sent again because its answer was lost keeps the
 * signatures that it has: it is not asked again for the same records.
 */
export interface Sealer {
  /**
   * The text of each record's `signature`, in the same order; null for those that get none.
   *
   * @param records of one commit of one run, in order. Records that a fork copies are not among them.
   * @throws what the signer throws; then nothing is committed.
   */
  seal(
    records: readonly HashedRecord[],
  ): readonly (string | null)[] | Promise<readonly (string | null)[]>;
}
