import { EffectError, type JsonObject, type JsonValue } from "@abstractruntime/core";
import type { FilePart, ModelMessage, TextPart, ToolCallPart } from "ai";
import { isObject } from "../llm/is-object.ts";
import type { LlmMessage } from "../llm/llm-message.ts";
import { isBadToolCall, readToolCall } from "../llm/tool-call.ts";

type UserPart = TextPart | FilePart;

/**
 * A history as the AI SDK has it.
 *
 * @throws EffectError final: a message has a part that the AI SDK has no word for
 */
export function modelMessages(messages: readonly LlmMessage[]): ModelMessage[] {
  /** Tool results are named by the call's id alone, and the AI SDK wants the tool's name too. */
  const toolNames = new Map<string, string>();
  return messages.map((message) => modelMessage(message, toolNames));
}

function modelMessage(message: LlmMessage, toolNames: Map<string, string>): ModelMessage {
  switch (message.role) {
    case "system":
    case "developer":
      return { role: "system", content: message.content };
    case "user":
      return { role: "user", content: userContent(message.content) };
    case "assistant":
      return { role: "assistant", content: assistantContent(message, toolNames) };
    case "tool": {
      const { tool_call_id: toolCallId, content } = message;
      const toolName = toolNames.get(toolCallId) ?? "unknown";
      const output = { type: "text" as const, value: textOf(content) };
      return { role: "tool", content: [{ type: "tool-result", toolCallId, toolName, output }] };
    }
    default:
      throw refused(`no message has the role ${String((message as { role: unknown }).role)}`);
  }
}

function assistantContent(
  { content, tool_calls: calls }: Extract<LlmMessage, { role: "assistant" }>,
  toolNames: Map<string, string>,
): (TextPart | ToolCallPart)[] {
  const text: TextPart[] = content ? [{ type: "text", text: content }] : [];
  return [...text, ...(calls ?? []).map((call) => toolCallPart(call, toolNames))];
}

/** A call that could not be read is shown to the model as it was, without its arguments. */
function toolCallPart(value: unknown, toolNames: Map<string, string>): ToolCallPart {
  const call = readToolCall(value);
  toolNames.set(call.call_id, call.name);
  const input = isBadToolCall(call) ? {} : call.arguments;
  return { type: "tool-call", toolCallId: call.call_id, toolName: call.name, input };
}

function userContent(content: string | readonly JsonValue[]): string | UserPart[] {
  return typeof content === "string" ? content : content.map(userPart);
}

/** Parts as OpenAI-compatible servers have them. */
function userPart(part: JsonValue): UserPart {
  const { type, text, image_url: image, input_audio: audio, file } = isObject(part) ? part : {};
  if (type === "text" && typeof text === "string") return { type, text };
  if (type === "image_url") return imagePart(image);
  if (type === "input_audio" && isObject(audio)) return audioPart(audio);
  if (type === "file" && isObject(file)) return filePart(file);
  throw refused(`a part of a message is of type ${JSON.stringify(type)}`);
}

function imagePart(image: JsonValue | undefined): FilePart {
  const url = isObject(image) ? image["url"] : image;
  if (typeof url !== "string" || !URL.canParse(url)) throw refused("an image has no url");
  return { type: "file", data: new URL(url), mediaType: "image" };
}

function audioPart({ data, format }: JsonObject): FilePart {
  if (typeof data !== "string" || typeof format !== "string")
    throw refused("audio lacks its data or format");
  return { type: "file", data, mediaType: `audio/${format}` };
}

function filePart(file: JsonObject): FilePart {
  const { file_data: data, filename } = file;
  const [, mediaType, base64] =
    /^data:([^;,]+);base64,(.*)$/s.exec(typeof data === "string" ? data : "") ?? [];
  if (mediaType === undefined || base64 === undefined)
    throw refused("a file is no data URL in base64");
  const name = typeof filename === "string" ? { filename } : {};
  return { type: "file", data: base64, mediaType, ...name };
}

function textOf(content: unknown): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}

function refused(problem: string): EffectError {
  return new EffectError(`llm_call: ${problem}: the AI SDK has no form for it`, {
    code: "invalid_argument",
    final: true,
    certain: true,
  });
}
