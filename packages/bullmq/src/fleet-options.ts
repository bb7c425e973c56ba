import {
  AbstractRuntimeError,
  type Clock,
  type Logger,
  type Runtime,
  type RunState,
} from "@abstractruntime/core";
import { putsOffUnhandled, type UnhandledEffects } from "@abstractruntime/scheduler/driving";
import type { Redis, RedisOptions } from "ioredis";

export interface FleetOptions {
  /** Its workflows are driven. Every process of a fleet has the same store, workflows and `leaseMs`. */
  readonly runtime: Runtime;
  /**
   * A URL (`redis://…`, `rediss://…`), options of ioredis, or a client of yours. A client is only copied: the fleet opens
   * connections of its own like it, and never uses or closes yours.
   */
  readonly connection: string | Omit<RedisOptions, "replyMapping"> | Redis;
  /** The name of the BullMQ queue, without a colon; "runs" by default. */
  readonly queue?: string;
  /** What BullMQ's keys begin with; "bull" by default. */
  readonly prefix?: string;
  /** At most so many runs at the same time in this process; 50 by default. 0: it only dispatches. */
  readonly concurrency?: number;
  /** Whether this process puts due runs into the queue; true by default. */
  readonly dispatch?: boolean;
  /** At most so many runs wait in the queue, for each priority; 1,000 by default. */
  readonly maxQueued?: number;
  /** How often to look for what nobody told of, in milliseconds; 1,000 by default. */
  readonly pollIntervalMs?: number;
  /** By workflow id, as BullMQ counts: 1 comes first, larger numbers later; workflows without one come before all. */
  readonly priorities?: Readonly<Record<string, number>>;
  /** At most `max` runs are begun in `durationMs` milliseconds, by all workers of the queue together. */
  readonly rateLimit?: RateLimit;
  /** Node handlers that a run may call before others have their turn; 1,000 by default. */
  readonly stepsPerTurn?: number;
  /** What becomes of a run that asks for an effect without a handler here; it depends on the store by default. */
  readonly unhandledEffects?: UnhandledEffects;
  /** How many completed, and how many failed jobs BullMQ keeps for its dashboards; 1,000 by default. */
  readonly keptJobs?: number;
  /** After each turn that this process drove. What it throws is logged. */
  readonly onRunResumed?: (run: RunState) => void;
  /** A run could not be driven, or stands in a `stuck` gate: it is put off, and others go on. What it throws is logged. */
  readonly onRunFailed?: (runId: string, error: Error) => void;
  readonly clock?: Clock;
  /** Silent by default. */
  readonly logger?: Logger;
}

export interface RateLimit {
  readonly max: number;
  readonly durationMs: number;
}

/** BullMQ has 21 bits for it. */
const MAX_PRIORITY = 2_097_151;

/** @throws invalid_argument */
export function assertFleetOptions(options: FleetOptions): void {
  const { runtime, connection, queue = "runs", prefix = "bull", rateLimit } = options;
  if (typeof runtime?.adopt !== "function")
    throw invalid("runtime: give a Runtime, such as new Runtime({ store, workflows })");
  if (!(typeof connection === "string" ? URL.canParse(connection) : isObject(connection)))
    throw invalid('connection: give a URL such as "redis://127.0.0.1:6379", options, or a client');
  if (typeof queue !== "string" || queue === "" || queue.includes(":"))
    throw invalid(`queue is ${JSON.stringify(queue)}: give a name without a colon`);
  if (typeof prefix !== "string" || prefix === "")
    throw invalid(`prefix is ${JSON.stringify(prefix)}: give a text that is not empty`);
  assertWhole("concurrency", options.concurrency ?? 50, 0);
  assertWhole("maxQueued", options.maxQueued ?? 1_000, 1);
  assertWhole("pollIntervalMs", options.pollIntervalMs ?? 1_000, 10);
  assertWhole("stepsPerTurn", options.stepsPerTurn ?? 1_000, 1);
  putsOffUnhandled(options.unhandledEffects, runtime.store);
  assertWhole("keptJobs", options.keptJobs ?? 1_000, 0);
  for (const [id, priority] of Object.entries(options.priorities ?? {}))
    assertWhole(`priorities[${JSON.stringify(id)}]`, priority, 1, MAX_PRIORITY);
  if (rateLimit !== undefined) {
    assertWhole("rateLimit.max", rateLimit.max, 1);
    assertWhole("rateLimit.durationMs", rateLimit.durationMs, 1);
  }
  if (options.concurrency === 0 && options.dispatch === false)
    throw invalid("concurrency is 0 and dispatch is false: give this process one thing to do");
}

function assertWhole(name: string, value: number, from: number, to: number = Infinity): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  const range = to === Infinity ? `from ${from}` : `from ${from} to ${to}`;
  throw invalid(`${name} is ${JSON.stringify(value)}: give a whole number ${range}`);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
