import type { FinishReason, LanguageModelUsage } from "ai";
import { llmResult, type LlmResult } from "../llm/llm-result.ts";
import type { WireToolCall } from "../llm/tool-call.ts";

/** What the AI SDK says of an answer, streamed or not. */
export interface SdkAnswer {
  readonly text: string;
  readonly toolCalls: readonly { toolCallId: string; toolName: string; input: unknown }[];
  readonly finishReason: FinishReason;
  readonly usage: LanguageModelUsage;
  readonly response: { readonly modelId: string };
}

/** An answer in the names that servers give its parts. */
export function sdkResult(answer: SdkAnswer): LlmResult {
  const { text, toolCalls, finishReason, usage, response } = answer;
  return llmResult({
    content: text === "" && toolCalls.length > 0 ? null : text,
    tool_calls: toolCalls.length === 0 ? null : toolCalls.map(wireCall),
    usage: usageOf(usage),
    model: response.modelId,
    finish_reason: finishReason.replaceAll("-", "_"),
  });
}

/** Arguments that were no JSON are kept as the text that they were. */
function wireCall({ toolCallId, toolName, input }: SdkAnswer["toolCalls"][number]): WireToolCall {
  const args = typeof input === "string" ? input : JSON.stringify(input ?? {});
  return { id: toolCallId, type: "function", function: { name: toolName, arguments: args } };
}

function usageOf({
  inputTokens,
  outputTokens,
  totalTokens,
}: LanguageModelUsage): LlmResult["usage"] {
  const tokens = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: totalTokens,
  };
  const known = Object.entries(tokens).flatMap(([name, n]) => (n === undefined ? [] : [[name, n]]));
  return known.length === 0 ? null : (Object.fromEntries(known) as LlmResult["usage"]);
}
