import type { JsonObject, JsonValue } from "@abstractruntime/core";

/**
 * Parameters of one model call, by their names on the wire. What is not listed is sent as it is; null is left out.
 * Servers differ in what they understand.
 */
export interface LlmParams {
  /** Instead of the client's. */
  readonly model?: string | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly max_tokens?: number | null | undefined;
  readonly max_completion_tokens?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly seed?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly tool_choice?: JsonValue | undefined;
  readonly parallel_tool_calls?: boolean | null | undefined;
  readonly response_format?: JsonValue | undefined;
  readonly reasoning_effort?: string | null | undefined;
  /** Whether the answer is streamed; what the effect was told by default. */
  readonly stream?: boolean | null | undefined;
  /** Where an AbstractCore server finds the model. A local model has its own place. */
  readonly base_url?: string | null | undefined;
  /** Who asks, for the server's traces. The runtime adds run, actor, session and parent. */
  readonly trace_metadata?: JsonObject | null | undefined;
  readonly [name: string]: unknown;
}
