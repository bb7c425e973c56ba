import type { JsonObject } from "../json/json-value.ts";

/** What an effect writes: a dotted path in `vars`, and the type of the result that goes there. */
export interface Write<Key extends string = string, Result = unknown> {
  readonly key: Key;
  readonly result: Result;
}

declare const written: unique symbol;

/** An effect as a handler plans it. The payload is JSON, with `ref(...)` anywhere in it. */
export interface PlannedEffect<Writes = Write> {
  readonly type: string;
  readonly payload?: unknown;
  readonly resultKey?: (Writes extends Write ? Writes["key"] : string) | null | undefined;
  /** Carries the result's type; never there at run time. */
  readonly [written]?: Writes;
}

/** Why a handler lets its run fail. */
export interface PlannedFailure {
  readonly message: string;
  /** A code of the workflow's own; `failed_by_workflow` by default. */
  readonly code?: string | undefined;
  readonly details?: JsonObject | undefined;
}

/**
 * What a node handler returns: exactly one of an effect with the node that follows it, a next node alone,
 * an output, or a failure. Helpers such as `goto` and `askUser` build it; it may also be written out by hand.
 */
export interface Plan<Next extends string = string, Output = unknown, Writes = unknown> {
  /** The node that plans; checked when given. */
  readonly nodeId?: string | undefined;
  readonly effect?: PlannedEffect<Writes> | undefined;
  /** The node that runs next; after an effect, once it has ended. */
  readonly nextNode?: Next | undefined;
  /** The node that runs when the effect failed for good. Without one, the run fails. */
  readonly onErrorNode?: Next | undefined;
  /** The node that runs when the effect's wait timed out. Without one, `nextNode` does. */
  readonly timeoutNode?: Next | undefined;
  /** JSON, also null; anything but `undefined` completes the run. */
  readonly completeOutput?: Output | undefined;
  readonly failure?: PlannedFailure | undefined;
}
