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

/** A result of these fields; what is missing is null, and the trace id is also looked for in the metadata. */
export function llmResult<Data = JsonValue>(fields: Partial<LlmResult<Data>>): LlmResult<Data> {
  const result = {
    content: fields.content ?? null,
    data: fields.data ?? null,
    tool_calls: fields.tool_calls ?? null,
    usage: fields.usage ?? null,
    model: fields.model ?? null,
    finish_reason: fields.finish_reason ?? null,
    metadata: fields.metadata ?? null,
    trace_id: fields.trace_id ?? null,
  };
  return withTraceId(result);
}

/** The same, with the trace id that its metadata has, if it has none itself. What else a client returned is its own affair. */
export function withTraceId<Result extends Partial<LlmResult<unknown>>>(result: Result): Result {
  const traceId = result?.metadata?.["trace_id"];
  if (traceId === undefined || traceId === null || result.trace_id) return result;
  return { ...result, trace_id: typeof traceId === "string" ? traceId : JSON.stringify(traceId) };
}
