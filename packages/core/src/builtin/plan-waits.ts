import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { shareOf } from "../limits/child-share.ts";
import type { BudgetsConfig } from "../limits/limits-config.ts";
import type { Plan, Write } from "../step/plan.ts";
import { scopedPayload, type ScopedEvent } from "./scoped-event.ts";

/** Where a wait leads. */
export interface WaitPlan<
  Known extends string,
  Id extends string,
  Key extends string,
  TimeoutId extends string,
> {
  /** The node that runs once the wait has ended. */
  readonly next: Id extends Known ? Id : NoInfer<Known>;
  /** Dotted path in `vars` for what ended it. */
  readonly resultKey?: Key | undefined;
  /** Milliseconds after which the wait gives up with `{ timed_out: true }`. */
  readonly timeoutMs?: number | undefined;
  /** Instant (ISO 8601) at which the wait gives up. */
  readonly timeoutAt?: string | undefined;
  /** The node that runs after a timeout, instead of `next`. */
  readonly timeoutNode?: (TimeoutId extends Known ? TimeoutId : NoInfer<Known>) | undefined;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a person or an event says is the user's own affair
type Said = any;

/** What a person is asked. */
export interface Question {
  readonly prompt: string;
  readonly choices?: readonly JsonValue[] | undefined;
  /** Whether an answer may be other than a choice; true by default. */
  readonly allowFreeText?: boolean | undefined;
  /** Key by which an answer finds this wait; `user:<run id>:<node id>` by default. */
  readonly key?: string | undefined;
  readonly details?: JsonObject | undefined;
}

/**
 * Ask a person, and go on at `next` with the answer. With `choices` and `allowFreeText: false` only a choice is
 * accepted; the answer's own form is checked by the workflow's `answers` schema for this node.
 */
export function askUser<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const TimeoutId extends string = never,
>(
  options: WaitPlan<Known, Id, Key, TimeoutId> & Question,
): Plan<Known & NoInfer<Id | TimeoutId>, never, Write<Key, Said>> {
  return planned("ask_user", { ...questionOf(options), ...timeoutOf(options) }, options);
}

/**
 * Wait for the first event under a key, or by name and scope, or for the first of several. Its payload is the result.
 *
 * @example
 * waitEvent({ name: "paid", scope: "session", next: "ship" }); // any run of this run's session hears it
 */
export function waitEvent<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const TimeoutId extends string = never,
>(
  options: WaitPlan<Known, Id, Key, TimeoutId> & (Keyed | (ScopedEvent & { readonly key?: never })),
): Plan<Known & NoInfer<Id | TimeoutId>, never, Write<Key, Said>> {
  const payload = options.key === undefined ? scopedPayload(options) : keysOf(options.key);
  return planned("wait_event", { ...payload, ...timeoutOf(options) }, options);
}

/** An event to wait for: by its key, or by name and scope. */
type Awaited = string | ScopedEvent;

interface Keyed {
  readonly key: Awaited | readonly Awaited[];
  readonly name?: never;
  readonly scope?: never;
}

/** 0.2.0 reads `wait_key` alone. */
function keysOf(key: Keyed["key"]): object {
  if (typeof key === "string") return { wait_key: key };
  if (isScoped(key)) return scopedPayload(key);
  const first: unknown = key[0];
  return { wait_key: typeof first === "string" ? first : undefined, wait_keys: partsOf(key) };
}

/** Several events, as a payload has them. What is no list, as a `ref` may be, stays what it is. */
export function partsOf(events: readonly Awaited[] | undefined): unknown {
  if (!Array.isArray(events)) return events;
  return events.map((event: Awaited) => (isScoped(event) ? scopedPayload(event) : event));
}

function isScoped(event: unknown): event is ScopedEvent {
  return typeof event === "object" && event !== null && "scope" in event;
}

/** Wait until an instant (ISO 8601 with a zone), or for a number of milliseconds. */
export function waitUntil<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
>(
  options: Pick<WaitPlan<Known, Id, Key, never>, "next" | "resultKey"> &
    ({ readonly until: string } | { readonly afterMs: number }),
): Plan<Known & NoInfer<Id>, never, Write<Key, { until: string; ready: true }>> {
  const payload = "until" in options ? { until: options.until } : { after_ms: options.afterMs };
  return planned("wait_until", payload, options);
}

/**
 * Run another workflow as a child and wait for its end, or with `async: true` go on at once. The result is
 * `{ sub_run_id, output }`, or `{ sub_run_id, async: true }`.
 */
export function startSubworkflow<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const TimeoutId extends string = never,
  const ErrorId extends string = never,
>(
  options: WaitPlan<Known, Id, Key, TimeoutId> & {
    /** The workflow, or the id of a registered one. */
    readonly workflow: string | { readonly id: string };
    readonly vars?: unknown;
    readonly async?: boolean | undefined;
    /** Bounds for the child alone; it never gets more than this run has left. */
    readonly limits?: BudgetsConfig | undefined;
    /** The node that runs when the child failed or was cancelled; without one, this run fails. */
    readonly onError?: (ErrorId extends Known ? ErrorId : NoInfer<Known>) | undefined;
  },
): Plan<Known & NoInfer<Id | TimeoutId | ErrorId>, never, Write<Key, Said>> {
  const { workflow, vars, async: detached } = options;
  const workflowId = typeof workflow === "string" ? workflow : workflow.id;
  const limits = shareOf(options.limits);
  const payload = { workflow_id: workflowId, vars, async: detached, limits, ...timeoutOf(options) };
  return {
    ...planned("start_subworkflow", payload, options),
    onErrorNode: options.onError as Known & ErrorId,
  };
}

/** A question as its payload has it. */
export function questionOf({ prompt, choices, allowFreeText, key, details }: Question): object {
  return { prompt, choices, allow_free_text: allowFreeText, wait_key: key, details };
}

/** A wait's timeout as its payload has it. */
export function timeoutOf(options: {
  readonly timeoutMs?: number | undefined;
  readonly timeoutAt?: string | undefined;
}): object {
  return { timeout_ms: options.timeoutMs, timeout_at: options.timeoutAt };
}

/** The callers' return types say what this one can't: which ids and keys these texts are. */
export function planned(
  type: string,
  payload: object,
  options: {
    readonly next: string;
    readonly resultKey?: string | undefined;
    readonly timeoutNode?: string | undefined;
  },
): Plan<never, never, never> {
  const { next, resultKey, timeoutNode } = options;
  const plan: Plan = { effect: { type, payload, resultKey }, nextNode: next, timeoutNode };
  return plan as Plan<never, never, never>;
}
