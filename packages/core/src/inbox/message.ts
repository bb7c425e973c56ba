import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Usage } from "../limits/usage.ts";
import type { RunError, RunStatus } from "../run/run-state.ts";

interface MessageFields {
  /** Unique per run, also after it was consumed: a message delivered twice counts once. */
  readonly messageId: string;
  /** Who sent it, if known. */
  readonly by: string | null;
  /** ISO 8601 UTC. */
  readonly sentAt: string;
}

/** The answer to one wait, by its id. */
export interface AnswerMessage extends MessageFields {
  readonly kind: "answer";
  readonly waitId: string;
  readonly payload: JsonValue;
}

/** Something happened under a key; it ends the first wait of this run that listens to the key. */
export interface EventMessage extends MessageFields {
  readonly kind: "event";
  readonly key: string;
  readonly payload: JsonValue;
}

/** A child run ended. It answers the parent's wait for it, or is an event under `subworkflow:<childId>`. */
export interface ChildEndedMessage extends MessageFields {
  readonly kind: "child_ended";
  readonly childId: string;
  readonly childWorkflowId: string;
  readonly waitId: string | null;
  readonly status: Exclude<RunStatus, "running" | "waiting">;
  readonly output: JsonValue;
  readonly error: RunError | null;
  /** Its place among the children of one step. Null for a child that was started alone. */
  readonly index: number | null;
  /** What it used, where no `spent` message says so. */
  readonly usage?: Usage;
}

/** What a child used that ended, and that its parent does not wait for alone. Read before the parent's next effect. */
export interface SpentMessage extends MessageFields {
  readonly kind: "spent";
  readonly childId: string;
  readonly usage: Usage;
}

/** Made by a store that counts the ends of children: their join is decided, or more of them may begin. */
export interface JoinDueMessage extends MessageFields {
  readonly kind: "join_due";
  readonly waitId: string;
  /** How many children had ended when this was sent. */
  readonly completed: number;
  readonly failed: number;
}

export interface CancelMessage extends MessageFields {
  readonly kind: "cancel";
  readonly reason: string;
}

export interface PauseMessage extends MessageFields {
  readonly kind: "pause" | "unpause";
}

/** New values for known fields of `vars._limits`. */
export interface LimitsMessage extends MessageFields {
  readonly kind: "limits";
  readonly limits: JsonObject;
}

/** How a gate ends. `result` counts only for `happened`. */
export interface SettleMessage extends MessageFields {
  readonly kind: "settle";
  readonly waitId: string;
  readonly verdict: "happened" | "not_happened" | "give_up";
  readonly result: JsonValue;
}

/**
 * The outcome of an attempt, handed in by a driver that had lost its lease or its run. With an error it only says what the
 * attempt used.
 */
export interface OutcomeMessage extends MessageFields {
  readonly kind: "outcome";
  readonly stepId: string;
  readonly attempt: number;
  readonly result: JsonValue;
  readonly error: RunError | null;
  readonly usage?: Usage;
}

/** What others want of a run. Kept in its inbox until a ledger record names its `messageId`. */
export type Message =
  | AnswerMessage
  | EventMessage
  | ChildEndedMessage
  | JoinDueMessage
  | SpentMessage
  | CancelMessage
  | PauseMessage
  | LimitsMessage
  | SettleMessage
  | OutcomeMessage;

/** A message with its place in the run's inbox. Lower positions were delivered earlier. */
export interface InboxMessage {
  readonly position: number;
  readonly message: Message;
}

/** An event that waits for the first run to listen to its key. */
export interface KeptEvent {
  readonly message: EventMessage;
  /** ISO 8601 UTC; after this instant it is nobody's. */
  readonly expiresAt: string;
}
