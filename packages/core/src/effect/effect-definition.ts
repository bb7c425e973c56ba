import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonValue } from "../json/json-value.ts";
import type { UsageReport } from "../limits/usage.ts";
import type { Logger } from "../ports/logger.ts";
import type { ReplayContract } from "../run/pending.ts";

/** What an effect handler may use beside its payload. */
export interface EffectContext {
  readonly runId: string;
  readonly workflowId: string;
  readonly nodeId: string;
  readonly stepId: string;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly parentRunId: string | null;
  /** From 1. */
  readonly attempt: number;
  /** The same for all attempts of this step, and for no other step. Hand it to the service that is called. */
  readonly idempotencyKey: string;
  /** The name that a wait of this step will have, known before it is stored: for callbacks that may come early. */
  readonly waitId: string;
  /** Aborted when this process stops, the run is cancelled or paused, time is up or the lease is lost: see `Interruption`. */
  readonly signal: AbortSignal;
  /** Says that the attempt is alive: starts its timeout anew. */
  heartbeat(): void;
  /** Tells `watch` subscribers in this process how far it is. Never stored. */
  progress(data: JsonValue): void;
  /**
   * Says what this attempt used since the last such call; everything is added up, and counts in the budgets however the
   * attempt ends. What is reported after the run ended is lost.
   *
   * @throws invalid_argument an amount is no number from 0, or the effect said that it spends nothing
   */
  usage(report: UsageReport): void;
  /** Milliseconds since 1970, from the runtime's clock. */
  now(): number;
  readonly logger: Logger;
  /** What the user gave as `new Runtime({ context })`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the user's own type
  readonly context: any;
}

/** How failed attempts of one effect type are repeated. What is left out is the runtime's policy's to say. */
export interface RetryOptions {
  /** The first one included. */
  readonly maxAttempts?: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly baseMs?: number;
  readonly maxMs?: number;
  /** Share of each delay that is drawn at random, 0 to 1. */
  readonly jitter?: number;
}

/** An effect type: how it is named, checked, performed, and what a crash in the middle of it means. */
export interface EffectDefinition {
  readonly type: string;
  readonly payloadSchema: StandardSchemaV1 | null;
  readonly resultSchema: StandardSchemaV1 | null;
  readonly replay: ReplayContract;
  readonly retry: RetryOptions;
  /** Milliseconds per attempt; null: the policy's. */
  readonly timeoutMs: number | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- the payload's type is the schema's
  readonly perform: (payload: any, context: EffectContext) => unknown;
  /** What an attempt used, from its result; added to what the attempt reported by itself. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the result's type is the effect's own affair
  readonly usage?: ((result: any) => UsageReport | null | undefined) | undefined;
  /** False: never held back by a limit, and never counted. */
  readonly spends?: boolean | undefined;
}
