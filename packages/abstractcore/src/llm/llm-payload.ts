import { EffectError, type JsonObject } from "@abstractruntime/core";
import { isObject } from "./is-object.ts";
import type { LlmRequest } from "./llm-client.ts";
import type { LlmMessage, LlmTool } from "./llm-message.ts";
import type { LlmParams } from "./llm-params.ts";

/** An `llm_call` as it stands in the ledger: 0.2.0's five fields, and `output`, which is ours. */
export interface LlmCallPayload {
  readonly prompt?: string | null | undefined;
  readonly messages?: readonly LlmMessage[] | null | undefined;
  readonly system_prompt?: string | null | undefined;
  readonly tools?: readonly LlmTool[] | null | undefined;
  readonly params?: LlmParams | null | undefined;
  readonly output?: RequestedOutput | null | undefined;
}

/** Structured output, by the name of a format that the effect knows. */
export interface RequestedOutput {
  readonly name: string;
  /** Whether the model is asked once more, told what was wrong. */
  readonly repair?: boolean | undefined;
}

/** A payload, checked and named as in TypeScript. What is missing is null. */
export interface LlmCallRequest extends LlmRequest {
  readonly prompt: string;
  readonly params: LlmParams;
  readonly output: RequestedOutput | null;
}

/**
 * Check a payload.
 *
 * @throws EffectError final: asking again would not make it better
 */
export function readLlmPayload(payload: unknown): LlmCallRequest {
  if (!isObject(payload)) throw badPayload("llm_call requires a payload object");
  const { prompt, messages, system_prompt: systemPrompt, tools, params, output } = payload;
  assertField("prompt", prompt, isText, "a text");
  assertField("messages", messages, isMessages, "a list of objects with a role");
  assertField("system_prompt", systemPrompt, isText, "a text");
  assertField("tools", tools, isObjects, "a list of objects");
  assertField("params", params, isObject, "an object");
  assertField("output", output, isOutput, "an object with the name of a format");
  if (!prompt && !(Array.isArray(messages) && messages.length > 0))
    throw badPayload("llm_call requires payload.prompt or payload.messages");
  return {
    prompt: (prompt ?? "") as string,
    messages: (messages ?? null) as readonly LlmMessage[] | null,
    systemPrompt: (systemPrompt ?? null) as string | null,
    tools: (tools ?? null) as readonly LlmTool[] | null,
    params: (params ?? {}) as LlmParams,
    output: (output ?? null) as RequestedOutput | null,
  };
}

function assertField(
  name: string,
  value: unknown,
  accepts: (value: unknown) => boolean,
  what: string,
): void {
  if (value === undefined || value === null || accepts(value)) return;
  throw badPayload(`llm_call: payload.${name} must be ${what}`);
}

function badPayload(message: string): EffectError {
  return new EffectError(message, { code: "invalid_argument", final: true, certain: true });
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isObjects(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}

function isMessages(value: unknown): boolean {
  return isObjects(value) && value.every(({ role }) => typeof role === "string");
}

function isOutput(value: unknown): boolean {
  return isObject(value) && typeof value["name"] === "string";
}
