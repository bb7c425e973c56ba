import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import type { LlmRequest } from "../llm/llm-client.ts";
import type { LlmTool } from "../llm/llm-message.ts";
import { isBadToolCall, readToolCall, toWireToolCall } from "../llm/tool-call.ts";

/** The messages as servers want them: the system prompt first, tool calls in wire form. Messages go before the prompt. */
export function wireMessages({ prompt, messages, systemPrompt }: LlmRequest): readonly JsonValue[] {
  const asked = messages?.length ? messages : [{ role: "user", content: prompt ?? "" }];
  const system = systemPrompt ? [{ role: "system", content: systemPrompt }] : [];
  return [...system, ...asked].map((message) => wireMessage(message as JsonObject));
}

/** A tool as servers want it. What has a type is theirs already. */
export function wireTool(tool: LlmTool): JsonValue {
  if ("type" in tool || !("name" in tool)) return tool;
  const { name, description, parameters } = tool;
  const said = { name, ...(description !== undefined && { description }) };
  return { type: "function", function: { ...said, ...(parameters && { parameters }) } };
}

function wireMessage(message: JsonObject): JsonObject {
  const calls = message["tool_calls"];
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: calls.map((call: JsonValue) => wireCall(call)) };
}

/** A call that can't be read is sent as it is: the server knows best what it sent. */
function wireCall(value: JsonValue): JsonValue {
  if (isObject(value) && isObject(value["function"])) return value;
  const call = readToolCall(value);
  return isBadToolCall(call) ? value : toWireToolCall(call);
}
