import type { Abortable } from "./abortable.ts";
import type {
  Change,
  ChildPage,
  Claimed,
  ClaimRequest,
  Committed,
  DurableStore,
  NewRun,
  Page,
  RunQuery,
  StoredRun,
} from "./durable-store.ts";

/** A write that is prepared: it happens when, and only when, the run's ledger has its records. */
export type RunWrite =
  | { readonly kind: "create"; readonly run: NewRun }
  | { readonly kind: "commit"; readonly change: Change };

/** A run as a run store holds it. */
export interface RunRow extends StoredRun {
  /** Whether writes are prepared for it, of which the ledger has to say whether they happened. */
  readonly prepared: boolean;
}

/** What a claim got. */
export interface ClaimedRows extends Claimed {
  readonly runs: readonly RunRow[];
}

/**
 * Home of heads, inboxes and kept events alone: the half of a `DurableStore` that changes. `combineStores` makes a
 * whole store of it and a `LedgerStore`. What is not described here is as in `DurableStore`.
 *
 * A write comes in two calls. `prepare` looks whether it may happen, and keeps it; then the caller appends the records
 * to the ledger; `save` makes the state follow. Who dies in between leaves a prepared write, and whoever meets the run
 * next asks the ledger whether its records are there.
 */
export interface RunStore extends Omit<
  DurableStore,
  "create" | "commit" | "load" | "list" | "listChildren" | "claimDue" | "records" | "recordTexts"
> {
  /**
   * Keep a write beside the run until it is saved or another with the same expected revision is. Its refusals are those
   * of `DurableStore.commit`; a write that is saved already is not kept again. The head does not change, but a free run
   * is looked at within 30 seconds, so that nothing is forgotten. Of a run that exists, no creation is kept.
   *
   * @throws run_not_found, lease_lost, run_leased, revision_conflict, inbox_changed, invalid_argument
   */
  prepare(write: RunWrite, options?: Abortable): Promise<void>;

  /** The writes that are prepared for a run, or for the creation of one that does not exist yet. */
  prepared(runId: string, options?: Abortable): Promise<readonly RunWrite[]>;

  /**
   * Do what was prepared: state, consumed messages, lease or `wakeAt`, children and messages, in one write. The lease
   * and `wakeAt` of a run that another driver has claimed meanwhile stay that driver's. Saved twice is saved once; the
   * second time all unconsumed messages are returned.
   *
   * @throws run_not_found
   * @throws revision_conflict this write is not prepared, and is not the one that made the run's revision.
   */
  save(runId: string, commitId: string, options?: Abortable): Promise<Committed>;

  load(runId: string, options?: Abortable): Promise<RunRow | undefined>;

  list(query?: RunQuery, options?: Abortable): Promise<Page<RunRow>>;

  listChildren(parentRunId: string, page?: ChildPage, options?: Abortable): Promise<Page<RunRow>>;

  claimDue(request: ClaimRequest, options?: Abortable): Promise<ClaimedRows>;
}
