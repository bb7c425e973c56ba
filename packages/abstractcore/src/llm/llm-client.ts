import type { Abortable } from "@abstractruntime/core";
import type { LlmMessage, LlmTool } from "./llm-message.ts";
import type { LlmParams } from "./llm-params.ts";
import type { LlmResult } from "./llm-result.ts";

/** What a model is asked: 0.2.0's payload. With messages, the prompt is not sent; the system prompt goes first. */
export interface LlmRequest {
  readonly prompt?: string | null | undefined;
  readonly messages?: readonly LlmMessage[] | null | undefined;
  readonly systemPrompt?: string | null | undefined;
  readonly tools?: readonly LlmTool[] | null | undefined;
  readonly params?: LlmParams | null | undefined;
}

/** What came since the last delta. Never empty. */
export type LlmDelta =
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  | {
      readonly type: "tool_call";
      /** Which of the answer's calls, from 0. */
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      /** The next piece of the arguments' JSON text. */
      readonly arguments?: string;
    };

export interface GenerateOptions extends Abortable {
  /** Hears of the answer as it comes, if the client streams. What it was told is part of the result, once more. */
  readonly onDelta?: ((delta: LlmDelta) => void) | undefined;
  /** The same for all attempts at one call, for servers that know such keys. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Asks a model. One instance serves many concurrent callers and keeps nothing between calls: what a conversation was is in
 * the request.
 *
 * Implementations stream when `params.stream` is true, and take nothing for an answer that is not one: a cut stream, an error
 * in a body of status 200, a page of HTML are failures. They do not repeat calls: the runtime's policy does.
 */
export interface LlmClient {
  /**
   * @returns the answer, JSON through and through
   * @throws EffectError with `final` for what will not get better by asking again, and `retryAfterMs` where the server said
   *   when; the signal's reason when aborted. Errors hold no keys.
   */
  generate(request: LlmRequest, options?: GenerateOptions): Promise<LlmResult>;
}
