import type { Join } from "../join/join.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";

/** Why a run waits, in 0.2.0's words. `job` is work handed to somebody else, answered by its `waitId`. */
export type WaitReason = "event" | "until" | "user" | "job" | "subworkflow";

/**
 * Why a wait stands *before* a pending effect instead of after one. Answering such a gate releases the effect,
 * settles it or ends the run; the answer is not written to `vars`.
 */
export type Gate = "unknown_outcome" | "stuck" | "limit" | "approval";

/** A durable pause. It belongs to the plan that began it: the run goes on at `resumeToNode`, never inside a handler. */
export interface Wait {
  /** Unguessable name of this wait. An answer that names it is accepted exactly once. */
  readonly waitId: string;
  /** The step that waits; null for a gate that no step began. */
  readonly stepId: string | null;
  readonly reason: WaitReason;
  /** Key by which events and answers find this wait; null for a timer. The first of `waitKeys`. */
  readonly waitKey: string | null;
  /** All keys that this wait listens to; the first event for any of them ends it. */
  readonly waitKeys: readonly string[];
  /** Instant (ISO 8601) at which a timer ends; null for the other reasons. */
  readonly until: string | null;
  readonly resumeToNode: string | null;
  /** Where the run goes when what it waits for failed (a child run); null: the run fails too. */
  readonly onErrorNode: string | null;
  readonly resultKey: string | null;
  readonly prompt: string | null;
  readonly choices: readonly JsonValue[] | null;
  readonly allowFreeText: boolean;
  readonly details: JsonObject | null;
  /** When the wait gives up, and the node that then runs (null: `resumeToNode`). */
  readonly timeout: WaitTimeout | null;
  readonly gate: Gate | null;
  /** Set when the wait is for several children of one step. */
  readonly join: Join | null;
  /** Whether the result says which of several things ended the wait (`waitAny`). */
  readonly any: boolean;
}

/** The end of a wait's patience: `at` is an instant (ISO 8601). */
export interface WaitTimeout {
  readonly at: string;
  readonly node: string | null;
}
