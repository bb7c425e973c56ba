import type { JsonValue } from "@abstractruntime/core";
import { readToolCall } from "../llm/tool-call.ts";
import type { ToolResult } from "./tool-executor.ts";

/** @param call of either form, or what is none */
export function succeededResult(call: JsonValue, output: JsonValue): ToolResult {
  const { call_id, name } = readToolCall(call);
  return { call_id, name, success: true, output, error: null };
}

/** @param error fit for the model to read */
export function failedResult(call: JsonValue, error: string): ToolResult {
  const { call_id, name } = readToolCall(call);
  return { call_id, name, success: false, output: null, error };
}
