import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { jsonSchema, tool, type LanguageModelMiddleware, type ToolChoice, type ToolSet } from "ai";
import { isObject } from "../llm/is-object.ts";
import type { LlmTool } from "../llm/llm-message.ts";
import type { LlmParams } from "../llm/llm-params.ts";

/** The AI SDK's names of parameters, by those on the wire. */
const names: Readonly<Record<string, string>> = {
  temperature: "temperature",
  max_tokens: "maxOutputTokens",
  max_completion_tokens: "maxOutputTokens",
  top_p: "topP",
  top_k: "topK",
  seed: "seed",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  reasoning_effort: "reasoning",
  /** The AI SDK's own: options by provider. */
  provider_options: "providerOptions",
};

/** The parameters that the AI SDK has names for. Others mean nothing to a model in process, and are left out. */
export function callSettings(params: LlmParams): { readonly [name: string]: unknown } {
  const settings = Object.entries(names).flatMap(([onWire, name]) => {
    const value = params[onWire];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  const { stop } = params;
  const stopSequences = typeof stop === "string" ? [stop] : stop;
  return { ...Object.fromEntries(settings), ...(stopSequences && { stopSequences }) };
}

/** The tools, without anything that executes them: that is an effect of its own. */
export function toolSet(tools: readonly LlmTool[]): ToolSet {
  const entries = tools.map((given) => {
    const { name, description, parameters } = "function" in given ? given.function : given;
    const inputSchema = jsonSchema<JsonObject>({ type: "object", ...parameters });
    return [name, tool({ inputSchema, ...(description !== undefined && { description }) })];
  });
  return Object.fromEntries(entries) as ToolSet;
}

export function toolChoice(choice: JsonValue | undefined): ToolChoice<ToolSet> | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const named = isObject(choice) ? choice["function"] : null;
  const toolName = isObject(named) ? named["name"] : null;
  return typeof toolName === "string" ? { type: "tool", toolName } : undefined;
}

type CallOptions = Parameters<NonNullable<LanguageModelMiddleware["transformParams"]>>[0]["params"];
type ResponseFormat = NonNullable<CallOptions["responseFormat"]>;

/** `response_format` as models know it. */
export function responseFormat(format: JsonValue | undefined): ResponseFormat | undefined {
  if (!isObject(format)) return undefined;
  if (format["type"] === "json_object") return { type: "json" };
  const { name, schema } = isObject(format["json_schema"]) ? format["json_schema"] : {};
  if (format["type"] !== "json_schema" || !isObject(schema)) return undefined;
  return {
    type: "json",
    schema,
    ...(typeof name === "string" && { name }),
  };
}
