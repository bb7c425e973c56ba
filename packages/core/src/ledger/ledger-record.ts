import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";
import type { LimitWarning } from "../limits/check-limits.ts";
import type { Usage } from "../limits/usage.ts";
import type { EffectRequest, Pending, ReplayContract } from "../run/pending.ts";
import type { ForkOrigin, ParentLink, RunError, RunState } from "../run/run-state.ts";
import type { Gate, Wait } from "../wait/wait.ts";

/** What every record says. `startedAt` and `endedAt` are ISO 8601 UTC; for records that are no step they are equal. */
interface RecordFields {
  readonly runId: string;
  /** Position in the run's ledger, from 1, without gaps. */
  readonly seq: number;
  /** The commit that wrote this record: the run's revision after it, its random id, and whether it closes it. */
  readonly revision: number;
  readonly commitId: string;
  readonly last: boolean;
  readonly nodeId: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  /** Limits that begin to warn with this record, or are used up by it. */
  readonly warnings?: readonly LimitWarning[];
  /** The `recordHash` of the record before, null for the first; absent where ledgers are not chained. */
  readonly prevHash?: string | null;
  /** SHA-256 (hex) of this record's text at rest without `record_hash` and `signature`. */
  readonly recordHash?: string;
  /** Says who vouches for `recordHash`, and so for everything up to here. */
  readonly signature?: string;
}

/** What was used until now and no record counted yet: it goes to the counters in `vars._limits`. */
interface Spent {
  readonly usage?: Usage;
}

/** What handlers did since the last record: the nodes passed, in order, and how they changed `vars`. */
interface HandlersRan {
  /** Nodes whose handlers ran, without the record's own `nodeId`; empty for most. */
  readonly path: readonly string[];
  readonly changes: Patch;
}

interface StepFields extends RecordFields {
  readonly stepId: string;
  readonly ordinal: number;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

/** The run began to exist. `nodeId` is the entry node; empty where only the workflow's id was known (`entered`). */
export interface CreatedRecord extends RecordFields {
  readonly kind: "created";
  readonly workflowId: string;
  readonly workflowVersion: string | null;
  readonly graphHash: string | null;
  readonly vars: JsonObject;
  readonly nonce: string;
  readonly parentRunId: string | null;
  readonly parent: ParentLink | null;
  readonly depth: number;
}

/** The plan behind a step: what is asked for, where the run goes then, and what handlers did on the way to it. */
export interface Intent extends HandlersRan {
  readonly effect: EffectRequest;
  readonly next: string | null;
  readonly onError: string | null;
  readonly replay: ReplayContract;
  readonly waitId: string;
}

/**
 * An effect is intended, `ready` for anybody or `begun` and given to its handler. The first record of a step holds
 * the `intent`; later ones (a retry, a takeover, a begun effect put back before its call) hold null.
 */
export interface IntentRecord extends StepFields {
  readonly kind: "ready" | "begun";
  readonly effectType: string;
  readonly intent: Intent | null;
}

/** The effect ended well; `result` goes to its `resultKey` and the run to its `next`. */
export interface CompletedRecord extends StepFields, Spent {
  readonly kind: "completed";
  readonly effectType: string;
  readonly resultKey: string | null;
  readonly result: JsonValue;
  /** The record of another run that says this result: a fork took it over, and the effect was not performed for it. */
  readonly origin?: ForkOrigin;
}

/** One attempt failed. With `retryAt` the effect is ready again from that instant; without, it failed for good. */
export interface FailedRecord extends StepFields, Spent {
  readonly kind: "failed";
  readonly effectType: string;
  readonly resultKey: string | null;
  readonly error: RunError;
  readonly retryAt: string | null;
}

/** An attempt was cut short by a crash, a shutdown or a lost lease: nobody knows how it ended. */
export interface InterruptedRecord extends StepFields, Spent {
  readonly kind: "interrupted";
  readonly effectType: string;
}

/** The effect led to a wait. */
export interface WaitingRecord extends StepFields, Spent {
  readonly kind: "waiting";
  readonly effectType: string;
  readonly wait: Wait;
}

/** The run waits before its pending effect (unknown outcome, stuck, limit, approval), or before a node (`stuck`). */
export interface GatedRecord extends RecordFields {
  readonly kind: "gated";
  readonly wait: Wait;
  readonly gate: Gate;
}

/** Who said it, with which message: null when no message stands behind it. */
interface Said {
  /** The inbox message that this record consumes. */
  readonly messageId: string | null;
  readonly by: string | null;
}

/** More children of the present wait began: all with an index lower than `begun` exist. */
export interface BranchedRecord extends RecordFields, Said {
  readonly kind: "branched";
  readonly waitId: string;
  readonly begun: number;
}

/** A wait ended by an answer, an event or a child's end; `result` goes to the wait's `resultKey`. */
export interface AnsweredRecord extends RecordFields, Said, Spent {
  readonly kind: "answered";
  readonly stepId: string | null;
  readonly waitId: string;
  /** The key that the answer came for; null when it named the wait. */
  readonly key: string | null;
  readonly result: JsonValue;
  /** Set when what was waited for failed (a child run): the run goes to the wait's `onErrorNode`, or fails. */
  readonly error: RunError | null;
}

/** A wait ended by time: a timer that was due, or a timeout. */
export interface TimedOutRecord extends RecordFields {
  readonly kind: "timed_out";
  readonly stepId: string | null;
  readonly waitId: string;
  readonly result: JsonValue;
  /** The node that runs next; null stays where the run is. */
  readonly next: string | null;
}

/** A gate ended: the pending effect happened with `result`, did not happen, or is given up. */
export interface SettledRecord extends RecordFields, Said, Spent {
  readonly kind: "settled";
  readonly waitId: string;
  readonly stepId: string | null;
  readonly verdict: "happened" | "not_happened" | "give_up";
  readonly result: JsonValue;
  /** What the run or its `onError` node is told when it is given up. */
  readonly error: RunError | null;
}

/** A message was read and could not be used; the wait stays open. */
export interface RefusedRecord extends RecordFields, Said, Spent {
  readonly kind: "refused";
  readonly waitId: string | null;
  readonly reason: RunError;
}

/** An attempt ended when its step was over, or was cut short when it had used something. It changes nothing but budgets. */
export interface LateRecord extends RecordFields, Said, Spent {
  readonly kind: "late";
  readonly stepId: string;
  readonly attempt: number;
  readonly result: JsonValue;
  readonly error: RunError | null;
}

/** Handlers ran and the run stands at `nodeId`, with no effect intended yet. */
export interface MovedRecord extends RecordFields, HandlersRan {
  readonly kind: "moved";
}

/** The run completed or failed by itself. */
export interface EndedRecord extends RecordFields, HandlersRan {
  readonly kind: "ended";
  readonly status: "completed" | "failed";
  readonly output: JsonValue;
  readonly error: RunError | null;
}

export interface CancelledRecord extends RecordFields, Said {
  readonly kind: "cancelled";
  readonly reason: string;
}

export interface PausedRecord extends RecordFields, Said {
  readonly kind: "paused" | "unpaused";
}

/** `vars._limits` changed from outside, by new values or by what a child used. */
export interface LimitsRecord extends RecordFields, Said, Spent {
  readonly kind: "limits";
  readonly changes: Patch;
}

/**
 * The records before this one are copied from another run; from here on the ledger is this run's own. Open waits and
 * steps stand here under the fork's own names.
 */
export interface ForkedRecord extends RecordFields {
  readonly kind: "forked";
  readonly origin: ForkOrigin;
  /** The commit that wrote the last copied record; null when none is copied and an `adopted` record stands before. */
  readonly originCommitId: string | null;
  readonly nonce: string;
  readonly changes: Patch;
  readonly pending: Pending | null;
  readonly waiting: Wait | null;
  /** Who forked it: the actor of what follows is the run's own. */
  readonly by: string | null;
}

/** The run goes on with another version of its workflow, at the same step and wait. `nodeId` is where it stands there. */
export interface MigratedRecord extends RecordFields {
  readonly kind: "migrated";
  readonly workflowVersion: string | null;
  readonly graphHash: string;
  readonly changes: Patch;
  /** The open step and wait, with the nodes of the new graph. */
  readonly pending: Pending | null;
  readonly waiting: Wait | null;
}

/**
 * A run that was started by its workflow's id alone begins at `nodeId`, the entry of the first registered graph that met it.
 * `changes` is what the schema and the limits that stand there make of its input.
 */
export interface EnteredRecord extends RecordFields {
  readonly kind: "entered";
  readonly workflowVersion: string;
  readonly graphHash: string;
  readonly changes: Patch;
}

/** A run that 0.2.0 wrote is taken over; folding starts here. */
export interface AdoptedRecord extends RecordFields {
  readonly kind: "adopted";
  readonly run: RunState;
}

/** One line of a run's ledger. */
export type LedgerRecord =
  | CreatedRecord
  | IntentRecord
  | CompletedRecord
  | FailedRecord
  | InterruptedRecord
  | WaitingRecord
  | GatedRecord
  | BranchedRecord
  | AnsweredRecord
  | TimedOutRecord
  | SettledRecord
  | RefusedRecord
  | LateRecord
  | MovedRecord
  | EndedRecord
  | CancelledRecord
  | PausedRecord
  | LimitsRecord
  | ForkedRecord
  | MigratedRecord
  | EnteredRecord
  | AdoptedRecord;

export type RecordKind = LedgerRecord["kind"];
