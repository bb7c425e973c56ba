import type { JsonObject } from "../json/json-value.ts";

/** What happens to an effect whose end a crash swallowed: run it again, run it again with its key, or ask. */
export type ReplayContract = "safe" | "idempotent" | "never";

/** A request for a side effect, as data. */
export interface EffectRequest {
  readonly type: string;
  readonly payload: JsonObject;
  /** Dotted path in `vars` that receives the result; null drops it. */
  readonly resultKey: string | null;
  /** Places in the payload (JSON Pointer) that stand for a value of `vars` (dotted path) at this revision. */
  readonly refs: Readonly<Record<string, string>> | null;
}

/**
 * The run's open effect, durable before it is performed.
 *
 * `ready`: given to nobody. `begun`: an attempt is out, and only the replay contract says what a crash means.
 */
export interface Pending {
  readonly phase: "ready" | "begun";
  readonly stepId: string;
  /** How many effects this run had intended before, plus one. The idempotency key is made of it. */
  readonly ordinal: number;
  readonly nodeId: string;
  readonly effect: EffectRequest;
  readonly next: string | null;
  /** Node that runs when the effect failed for good, instead of the run failing; null: the run fails. */
  readonly onError: string | null;
  readonly replay: ReplayContract;
  readonly idempotencyKey: string;
  /** Name of the wait that this effect may lead to. Handlers get it, so that a callback may come early. */
  readonly waitId: string;
  /** Number of the attempt that is out (`begun`) or comes next (`ready`), from 1. */
  readonly attempt: number;
  /** Attempts that ended in an error, and attempts that a crash, shutdown or lost lease cut short. */
  readonly failures: number;
  readonly interruptions: number;
  /** A failed attempt is not repeated before this instant (ISO 8601). */
  readonly notBefore: string | null;
  /** When the current attempt began; null while it never did. */
  readonly startedAt: string | null;
}
