import type { Plan, Write } from "@abstractruntime/core";
import type { ToolCall, WireToolCall } from "../llm/tool-call.ts";
import type { ToolResults } from "./tool-executor.ts";

/** Tool calls, and where they lead. */
export interface ToolCallsPlan<
  Known extends string,
  Id extends string,
  Key extends string,
  ErrorId extends string,
> {
  /** Of either form, as a model gave them; or a `ref` to them, so that they are not copied into the ledger. */
  readonly calls: readonly (ToolCall | WireToolCall)[];
  /** The node that runs once all calls have ended, well or not. */
  readonly next: Id extends Known ? Id : NoInfer<Known>;
  /** Dotted path in `vars` for the results. */
  readonly resultKey?: Key | undefined;
  /** The node that runs when the batch could not be begun at all; a call that fails is a result. */
  readonly onError?: (ErrorId extends Known ? ErrorId : NoInfer<Known>) | undefined;
  /** The key under which a host answers, where it executes the calls. */
  readonly waitKey?: string | undefined;
}

/**
 * Call tools, each call on its own, and go on at `next` with the results in order of the calls.
 *
 * @example
 * toolCalls({ calls: ref("answer.tool_calls"), resultKey: "results", next: "tell" });
 */
export function toolCalls<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const ErrorId extends string = never,
>(
  plan: ToolCallsPlan<Known, Id, Key, ErrorId>,
): Plan<Known & NoInfer<Id | ErrorId>, never, Write<Key, ToolResults>> {
  const { calls, waitKey, resultKey, next, onError } = plan;
  const payload = { tool_calls: calls, wait_key: waitKey };
  const planned: Plan = {
    effect: { type: "tool_calls", payload, resultKey },
    nextNode: next,
    onErrorNode: onError,
  };
  return planned as Plan<never, never, never>;
}
