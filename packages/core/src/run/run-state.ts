import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Grant } from "../limits/grant.ts";
import type { Wait } from "../wait/wait.ts";
import type { Pending } from "./pending.ts";

export type RunStatus = "running" | "waiting" | "completed" | "failed" | "cancelled";

/** Why a run or an attempt failed. `message` is for people, `code` for programs. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly nodeId: string | null;
  readonly stepId: string | null;
  readonly attempt: number | null;
  readonly details?: JsonObject;
}

/** The step of another run that started this one and is told of its end. */
export interface ParentLink {
  readonly runId: string;
  readonly stepId: string;
  /** The parent's wait that this run's end answers; null when the parent does not wait for it. */
  readonly waitId: string | null;
  /** This run's place among the children of that step; null for a child that was started alone. */
  readonly index: number | null;
  /** Whether this run is a branch of the parent's own graph, begun at another node than the entry. */
  readonly branch: boolean;
  /** What the parent gave of its limits, where that is less than this run's own; use comes home with its end. */
  readonly grant?: Grant;
}

/** The run, and the place in its ledger, of which this one is a copy. */
export interface ForkOrigin {
  readonly runId: string;
  /** The last record of it that counts for the copy; 0 for a run of 0.2.0 that had none. */
  readonly seq: number;
}

interface RunFields {
  readonly runId: string;
  readonly workflowId: string;
  /** Null in runs that 0.2.0 wrote. Before a run is entered: the version that alone may start it, if one was named. */
  readonly workflowVersion: string | null;
  readonly graphHash: string | null;
  /** Unguessable salt of this run's idempotency keys, from its `created` record. */
  readonly nonce: string;
  /** Empty before a run that was started by its workflow's id is entered. */
  readonly currentNode: string;
  readonly vars: JsonObject;
  readonly paused: boolean;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly parentRunId: string | null;
  readonly parent: ParentLink | null;
  /** Null for a run that is no fork. */
  readonly origin: ForkOrigin | null;
  /** Number of ancestors. */
  readonly depth: number;
  /** How many commits made this state; raised by each. */
  readonly revision: number;
  /** Number of the last record in this state. */
  readonly seq: number;
  /** How many effects this run has intended so far. */
  readonly ordinal: number;
}

export interface RunningRun extends RunFields {
  readonly status: "running";
  /** Null between an effect's end and the next plan. */
  readonly pending: Pending | null;
  readonly waiting: null;
  readonly output: null;
  readonly error: null;
}

export interface WaitingRun extends RunFields {
  readonly status: "waiting";
  /** Set when the wait is a gate before this effect. */
  readonly pending: Pending | null;
  readonly waiting: Wait;
  readonly output: null;
  readonly error: null;
}

export interface CompletedRun extends RunFields {
  readonly status: "completed";
  readonly pending: null;
  readonly waiting: null;
  readonly output: JsonValue;
  readonly error: null;
}

export interface FailedRun extends RunFields {
  readonly status: "failed";
  readonly pending: null;
  readonly waiting: null;
  readonly output: null;
  readonly error: RunError;
}

export interface CancelledRun extends RunFields {
  readonly status: "cancelled";
  readonly pending: null;
  readonly waiting: null;
  readonly output: null;
  /** `code` is `cancelled`; `message` is the reason that was given. */
  readonly error: RunError;
}

/** One execution of a workflow: the fold of its ledger. Immutable to callers. */
export type RunState = RunningRun | WaitingRun | CompletedRun | FailedRun | CancelledRun;

/** Whether a run has a graph. One that was started by its workflow's id alone gets it from its first driver. */
export function isEntered({ currentNode, graphHash }: RunState): boolean {
  return currentNode !== "" || graphHash !== null;
}

/** Whether nothing can happen to this run any more. */
export function isEnded(run: RunState): run is CompletedRun | FailedRun | CancelledRun {
  return run.status !== "running" && run.status !== "waiting";
}
