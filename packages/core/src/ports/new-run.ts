import type { Message } from "../inbox/message.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { ForkOrigin, RunState } from "../run/run-state.ts";

/** A lease that a write takes or keeps. It runs for `leaseMs` milliseconds from the write, on the store's clock. */
export interface Lease {
  readonly leaseId: string;
  readonly owner: string;
  readonly leaseMs: number;
}

/** A run that does not exist yet, with its first records. `run` is their fold. */
export interface NewRun {
  readonly run: RunState;
  readonly commitId: string;
  /**
   * Of a fork: the records of that run up to that one stand before `records`, exactly as they are stored there. They
   * keep that run's id, and the last of them may stand inside a commit: `forked` ends it.
   */
  readonly copyOf?: ForkOrigin;
  /**
   * Of a run from elsewhere: its whole ledger, line by line as it was stored there, 0.2.0's lines and copied ones among
   * them. `records` are then the last of them, from the one on at which folding begins, with the revisions and commits
   * that they have, and `commitId` is that of the last one. A line's number is the `seq` of its record.
   */
  readonly texts?: readonly string[];
  /**
   * From `seq` 1, or from the one after the copied records. The first is `created`, or `forked` (with an `adopted` of
   * the origin before it where nothing is copied). Without `texts`, all have revision 1, or the one after the copied
   * records. The last has `last: true`.
   */
  readonly records: readonly LedgerRecord[];
  /** Who drives it at once; null leaves it free, to be looked at at `wakeAt`. */
  readonly lease: Lease | null;
  readonly wakeAt: string | null;
  /** Runs that the first records started; created in the same write, as in `Change`. */
  readonly children: readonly NewRun[];
  /** Messages that the first records sent; delivered in the same write, as in `Change`. */
  readonly messages: readonly AddressedMessage[];
}

export interface AddressedMessage {
  readonly runId: string;
  readonly message: Message;
}
