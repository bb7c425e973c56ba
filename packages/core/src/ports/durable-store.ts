import type { InboxMessage, KeptEvent, Message } from "../inbox/message.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RunState } from "../run/run-state.ts";
import type { Abortable } from "./abortable.ts";
import type { AddressedMessage, Lease, NewRun } from "./new-run.ts";
import type { Purged, PurgeRequest } from "./purge-request.ts";
import type { ChildPage, Page, RecordRange, RunQuery } from "./run-query.ts";

export type { AddressedMessage, Lease, NewRun } from "./new-run.ts";
export type { EndedStatus, Purged, PurgeRequest } from "./purge-request.ts";
export type { ChildPage, Page, RecordRange, RunQuery } from "./run-query.ts";

/** What a backend can promise. Users read it, and the conformance suite chooses its cases from it. */
export interface StoreCapabilities {
  /** What an acknowledged write survives: nothing, a crash of the process, or a power cut too. */
  readonly survives: "nothing" | "crash" | "power_cut";
  /** Whether several processes may open this store for writing at the same time. */
  readonly writers: "one_process" | "many_processes";
  /** Whether opening the store again brings everything back that was acknowledged. */
  readonly reopens: boolean;
  /** Whether large values stand apart (`offload`): `recordTexts` hold markers for them. No by default. */
  readonly offloads?: boolean;
  /**
   * Names of the decorators by which values at rest are others than those given (`encrypt`, `digest`), outermost first:
   * `recordTexts` hold what they made. None by default.
   */
  readonly seals?: readonly string[];
}

/**
 * Facts for scheduling, beside the state and no part of it: changing them writes no record and raises no revision.
 */
export interface RunHead {
  /**
   * When a driver must look at the run next (ISO 8601 UTC). Of a held run: the end of its lease. Null: never by itself.
   */
  readonly wakeAt: string | null;
  /** The right to write this run, random per claim; null when it is free. It ends at `wakeAt`. */
  readonly leaseId: string | null;
  /** Who holds the lease, as given to `claimDue`, for people to read. */
  readonly leaseOwner: string | null;
  /** Claims since the last commit or give-back: drivers that took the run and were not heard of again. */
  readonly claims: number;
  /** Position of the last message delivered to this run's inbox, 0 before the first. Raised with each delivery. */
  readonly inboxSeq: number;
  /** How many delivered messages no record has consumed. */
  readonly inboxSize: number;
  /** Id of the commit that made this revision. */
  readonly commitId: string;
  /** `recordHash` of the ledger's last record; null where it has none. Stores take it from the records they write. */
  readonly ledgerHead: string | null;
}

/** A run as a store holds it. */
export interface StoredRun {
  readonly run: RunState;
  readonly head: RunHead;
}

/** The one atomic write of a run's ledger and head, and of what they cause in other runs. */
export interface Change {
  readonly runId: string;
  /** Random per commit, and the same when a commit is sent again because its answer was lost. */
  readonly commitId: string;
  /** The lease under which this is written; null claims that nobody holds the run. */
  readonly leaseId: string | null;
  /** The revision that was read. The records carry the next one. */
  readonly expectedRevision: number;
  /** The `inboxSeq` up to which the inbox was read. */
  readonly inboxSeq: number;
  /** Whether messages beyond `inboxSeq` refuse this change (`inbox_changed`) instead of being returned by it. */
  readonly refuseNewMessages: boolean;
  /** 1 to 10,000 records, `seq` without gaps after the last one stored. */
  readonly records: readonly LedgerRecord[];
  /** The fold of the ledger after `records`. An ended run is free and never due, whatever `lease` and `wakeAt` say. */
  readonly run: RunState;
  /** Ids of the inbox messages that `records` consume; they leave the inbox and stay known as duplicates. */
  readonly consumed: readonly string[];
  /** The lease that holds from this write on; null gives the run back, to be looked at at `wakeAt`. */
  readonly lease: Lease | null;
  /** Counts only when `lease` is null. With messages beyond `inboxSeq` it is now, whatever it says. */
  readonly wakeAt: string | null;
  /** Runs to create in the same write. One that exists already is left as it is. */
  readonly children: readonly NewRun[];
  /**
   * Messages to deliver in the same write, as `deliver` does, after `children` are there. A missing or ended addressee
   * drops its message and a full inbox takes it: messages never fail the change that sends them.
   */
  readonly messages: readonly AddressedMessage[];
}

export interface Committed {
  /** The row's `inboxSeq` after the write. */
  readonly inboxSeq: number;
  /** Unconsumed messages beyond the change's `inboxSeq`, in order. */
  readonly messages: readonly InboxMessage[];
}

/**
 * Runs that a driver can drive: all of a workflow, those of one graph, or those of one version. Runs without a graph hash
 * count as every graph's, runs without a version as every version's.
 */
export interface WorkflowRef {
  readonly workflowId: string;
  readonly graphHash?: string;
  readonly workflowVersion?: string;
}

export interface ClaimRequest {
  readonly owner: string;
  readonly leaseMs: number;
  /** At most this many runs, 1 to 1,000. */
  readonly limit: number;
  /** Only runs of these workflows; absent: of any. */
  readonly workflows?: readonly WorkflowRef[];
  /** Only these runs; absent: any. */
  readonly runIds?: readonly string[];
  /** One lease id for each run that may be claimed, made by the caller; `limit` of them. */
  readonly leaseIds: readonly string[];
}

export interface Claimed {
  /** The store's time. What was claimed is due at it, whatever the caller's clock says. */
  readonly now: string;
  /** Earliest `wakeAt` first, each with its new `leaseId`. */
  readonly runs: readonly StoredRun[];
  /**
   * When to claim again, if nothing happens meanwhile: not later than the next run becomes due that the caller may
   * claim, leases that run out included. Earlier is allowed. Null: none has a time; of certain runs (`runIds`): not told.
   */
  readonly nextWakeAt: string | null;
}

/** `accepted`: kept until a record consumes it. `duplicate`: its id was delivered before. The others changed nothing. */
export type Delivery = "accepted" | "duplicate" | "ended" | "run_not_found";

export interface Published {
  /** Runs that were waiting for the key and have the event in their inbox (also by an earlier publication of it). */
  readonly deliveredTo: readonly string[];
  /** Whether nobody waited, so that the event is kept for the first run that does. */
  readonly kept: boolean;
}

/**
 * Durable home of runs: their heads, ledgers and inboxes. One instance serves many concurrent callers.
 *
 * `create` and `commit` are the only writes of state and ledger. What a store returns is immutable, and what it was
 * given it has copied or never looks at again. Every method throws `store_closed` after `close`, `store_unavailable`
 * when the backend does not answer (the write may have happened), and `store_corrupt` when what it holds can't be read.
 */
export interface DurableStore extends AsyncDisposable {
  readonly capabilities: StoreCapabilities;

  /**
   * Bring a run into being, with its first records, or find the one that has its id. A fork, and a run with `texts`,
   * appears whole or not at all, however long its ledger is. Messages that its own records consume are known as
   * duplicates.
   *
   * @returns the run as stored, and whether this call made it. Sent again with the same `commitId`, it counts as made.
   * @throws run_not_found there is no run `copyOf` to copy from.
   * @throws invalid_argument the run `copyOf` has no such record, or none from which folding could start before it; or
   *   `records` do not follow it, or are not the last of `texts`.
   */
  create(
    run: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }>;

  /**
   * Write new records and the run's new head together, or nothing.
   *
   * Sent again with the `commitId` of the current head, it is the success that it was.
   *
   * @throws run_not_found
   * @throws lease_lost `leaseId` is not the run's, or its lease ran out and somebody took the run.
   * @throws run_leased `leaseId` is null and somebody holds the run.
   * @throws revision_conflict the run is at another revision. Nothing was written.
   * @throws inbox_changed `refuseNewMessages`, and the row's `inboxSeq` is higher. Nothing was written.
   * Not promised: any order between two runs.
   */
  commit(change: Change, options?: Abortable): Promise<Committed>;

  /** The run, or `undefined` for one never started here: absence is an answer, not an error. */
  load(runId: string, options?: Abortable): Promise<StoredRun | undefined>;

  /** Runs by filter, latest `updatedAt` first, ties by run id. A run that changes meanwhile may be missed or met twice. */
  list(query?: RunQuery, options?: Abortable): Promise<Page<StoredRun>>;

  /** Children of a run, by run id. */
  listChildren(
    parentRunId: string,
    page?: ChildPage,
    options?: Abortable,
  ): Promise<Page<StoredRun>>;

  /** A run's records in order of `seq`; none for an unknown run. */
  records(
    runId: string,
    range?: RecordRange,
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]>;

  /** The same records as text, exactly as stored, one JSON object each. */
  recordTexts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]>;

  /**
   * Take runs that are due (`wakeAt` not later than the store's now: free ones, and held ones whose lease ran out),
   * give each a new lease and raise its `claims`. Two callers never get the same run.
   */
  claimDue(request: ClaimRequest, options?: Abortable): Promise<Claimed>;

  /**
   * Call `listener` when a free run may be due earlier than the last `nextWakeAt` said: claim again. It may be called for
   * nothing and for one's own writes, and may miss what other processes do: who listens also looks now and then.
   *
   * @returns how to stop listening. `close` ends it, too.
   */
  onDue(listener: () => void): () => void;

  /**
   * Prolong leases. A run whose lease is another's, or that is gone, is missing from the answer: its lease is lost.
   *
   * @returns the `inboxSeq` of each run that is still held.
   */
  renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>>;

  /**
   * Let a held run go, to be looked at at `wakeAt`. Its `claims` count anew: this driver lives.
   *
   * @throws lease_lost
   * @throws inbox_changed messages beyond `inboxSeq` are there: read them first. The run stays held.
   */
  giveBack(
    back: {
      readonly runId: string;
      readonly leaseId: string;
      readonly inboxSeq: number;
      readonly wakeAt: string | null;
    },
    options?: Abortable,
  ): Promise<void>;

  /**
   * Put a message into a run's inbox. A free run becomes due now, a paused one only by `cancel` and `unpause`; a held
   * one keeps its lease. That a message is a duplicate is told also of a run that has ended.
   *
   * The end of one child of several (`isCounted`) is not kept but counted, once per message id, beside the wait that it
   * names. Whoever writes to a run that waits for a join puts a `join_due` message into its inbox with the same write,
   * once `joinDue` says so, unless the one before is unread.
   *
   * @throws inbox_full over 10,000 unconsumed messages (children's ends, outcomes, cancels and unpauses are exempt).
   */
  deliver(runId: string, message: Message, options?: Abortable): Promise<Delivery>;

  /** Unconsumed messages beyond a position, in order. */
  readInbox(
    runId: string,
    range?: { readonly after?: number; readonly limit?: number },
    options?: Abortable,
  ): Promise<readonly InboxMessage[]>;

  /**
   * Give an event to every run that waits for its key now, once per run; if there is none, keep it for the first.
   *
   * The event is stored before the waiters are read, so that a wait that begins meanwhile meets it (`takeKept`). A run
   * with a full inbox is passed over. An event published again (by its message id) goes to those that wait for it now
   * and did not get it, and is not kept again once somebody got it.
   */
  publish(event: KeptEvent, options?: Abortable): Promise<Published>;

  /**
   * Move kept events for these keys into the inbox of a run that waits for them, oldest first; expired ones are dropped.
   *
   * @returns how many. The run's `inboxSeq` is raised by as many.
   */
  takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number>;

  /**
   * Remove ended runs with their ledgers, their inboxes and, if the store has an artifact store of its own, their claims
   * of artifacts; the longest ended first. Nothing that a living run may look for goes:
   *
   * - A run goes together with all runs below it, and when each of them ended before the instant.
   * - A run whose parent has ended goes with its parent, not before.
   * - A run whose parent is alive goes by itself once the parent does not wait in the step that started it; never, when
   *   0.2.0 started it and nobody knows the step.
   *
   * Not promised: that a family goes in one write. A crash leaves its upper part, which the next call removes.
   *
   * @throws invalid_argument, invalid_instant
   */
  purge(request: PurgeRequest, options?: Abortable): Promise<Purged>;

  /** Wait for writes under way and let everything go. Closing twice is fine. */
  close(): Promise<void>;
}
