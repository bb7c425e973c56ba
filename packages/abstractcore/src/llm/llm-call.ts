import type { Plan, Write } from "@abstractruntime/core";
import type { OutputFormat } from "./output-format.ts";
import type { LlmRequest } from "./llm-client.ts";
import type { LlmCallPayload } from "./llm-payload.ts";
import type { LlmResult } from "./llm-result.ts";

/** A model call, and where it leads. */
export interface LlmCallPlan<
  Known extends string,
  Id extends string,
  Key extends string,
  ErrorId extends string,
  Data,
> extends LlmRequest {
  /** Structured output: checked, and in the result's `data`. The effect must know the format (`outputs`). */
  readonly output?: OutputFormat<Data> | undefined;
  /** Whether an output that does not match is sent back once, with what is wrong, for the model to repair. */
  readonly repair?: boolean | undefined;
  /** The node that runs once the model has answered. */
  readonly next: Id extends Known ? Id : NoInfer<Known>;
  /** Dotted path in `vars` for the result. */
  readonly resultKey?: Key | undefined;
  /** The node that runs when the call failed for good; without one, the run fails. */
  readonly onError?: (ErrorId extends Known ? ErrorId : NoInfer<Known>) | undefined;
}

/**
 * Ask a model, and go on at `next` with its answer. Who the model is, the runtime's `llm_call` effect says. Give a history
 * that grows as `ref("context.messages")`: it is then not copied into the ledger at every call.
 *
 * @example
 * llmCall({ prompt: "Summarise: …", params: { max_tokens: 200 }, resultKey: "summary", next: "done" });
 */
export function llmCall<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const ErrorId extends string = never,
  Data = unknown,
>(
  call: LlmCallPlan<Known, Id, Key, ErrorId, Data>,
): Plan<Known & NoInfer<Id | ErrorId>, never, Write<Key, LlmResult<Data>>> {
  const { next, resultKey, onError } = call;
  const effect = { type: "llm_call", payload: llmCallPayload(call), resultKey };
  const plan: Plan = { effect, nextNode: next, onErrorNode: onError };
  return plan as Plan<never, never, never>;
}

/** A call as its payload has it. What is not given is not there. */
export function llmCallPayload(
  call: LlmRequest & {
    readonly output?: { readonly name: string } | undefined;
    readonly repair?: boolean | undefined;
  },
): LlmCallPayload {
  const { prompt, messages, systemPrompt, tools, params, output, repair } = call;
  return {
    prompt,
    messages,
    system_prompt: systemPrompt,
    tools,
    params,
    output: output && { name: output.name, repair },
  };
}
