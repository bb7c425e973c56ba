import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import { llmResult, type LlmResult } from "../llm/llm-result.ts";

/** The answer in a body of status 200. A body without a usable choice is handed on whole. */
export function readCompletion(body: JsonObject, traceId: string | null): LlmResult {
  const choice = Array.isArray(body["choices"]) ? (body["choices"][0] as JsonValue) : null;
  const message = isObject(choice) ? choice["message"] : null;
  const isUsable = isObject(choice) && isObject(message);
  return llmResult({
    content: isUsable ? contentOf(message["content"]) : null,
    data: isUsable ? null : body,
    tool_calls: isUsable ? callsOf(message["tool_calls"]) : null,
    usage: isObject(body["usage"]) ? body["usage"] : null,
    model: textOf(body["model"]),
    finish_reason: isUsable ? textOf(choice["finish_reason"]) : null,
    metadata: traceId === null ? null : { trace_id: traceId },
  });
}

/** A text, also where a server has it in parts. */
function contentOf(content: JsonValue | undefined): string | null {
  if (!Array.isArray(content)) return textOf(content);
  const texts = content.map((part: JsonValue) => (isObject(part) ? textOf(part["text"]) : null));
  return texts.filter((text) => text !== null).join("");
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function callsOf(value: JsonValue | undefined): LlmResult["tool_calls"] {
  return Array.isArray(value) ? (value as LlmResult["tool_calls"]) : null;
}
