import type { RunState } from "@abstractruntime/core/store";
import type { ChainReport } from "./chain-report.ts";
import type { LedgerProblem } from "./ledger-problem.ts";

/** What a run's head says of its ledger, as somebody keeps it who is not the one who might have changed the ledger. */
export interface LedgerHead {
  readonly runId: string;
  /** How many records there are; null when it is not known: of runs that 0.2.0 wrote last. */
  readonly count: number | null;
  /** Hash of the last record; null when it is not known. */
  readonly headHash: string | null;
}

export interface LedgerReport {
  /** Whether the chain holds, and there is no problem. */
  readonly ok: boolean;
  readonly chain: ChainReport;
  /** In order of the records; those of the whole ledger last. */
  readonly problems: readonly LedgerProblem[];
  /** What was there to compare with. What was not, this report says nothing of. */
  readonly compared: {
    readonly runId: boolean;
    /** How many records there are: only then a cut tail is noticed. */
    readonly count: boolean;
    /** The last hash: only then a ledger is noticed that somebody hashed anew. */
    readonly headHash: boolean;
    /** The stored state, with what the records make. */
    readonly state: boolean;
  };
  /** What the ledger itself says; the run is the one of its last records. */
  readonly head: {
    readonly runId: string | null;
    readonly count: number;
    readonly headHash: string | null;
  };
  /**
   * Number of the record with which folding began: 1, or that of the last `adopted` one. What 0.2.0 wrote before it is
   * history that makes no state. Null: nothing could be folded to the end.
   */
  readonly foldedFrom: number | null;
  /** What the records make; null where nothing could be folded to the end. */
  readonly run: RunState | null;
}
