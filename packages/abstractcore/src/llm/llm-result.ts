import type { JsonObject, JsonValue } from "@abstractruntime/core";
import type { ToolCall, WireToolCall } from "./tool-call.ts";

/** What a model call came to: always these eight fields, as 0.2.0 has them at rest. */
export type LlmResult<Data = JsonValue> = {
  /** The answer's text; null if the model only called tools. */
  readonly content: string | null;
  /** Structured output that was asked for and checked, or the server's whole body where it is no completion. */
  readonly data: Data | null;
  /** Wire form from a server or AI SDK model, mapping form from a model without native tools; `readToolCall` reads both. */
  readonly tool_calls: readonly (WireToolCall | ToolCall)[] | null;
  /** Tokens, as the server names them; `tokenUsage` reads them. */
  readonly usage: JsonObject | null;
  /** The model that answered, as it names itself. */
  readonly model: string | null;
  /** `stop`, `length`, `tool_calls`, `content_filter` or a server's own word. */
  readonly finish_reason: string | null;
  readonly metadata: JsonObject | null;
  /** By which the server's traces know this call. */
  readonly trace_id: string | null;
};
