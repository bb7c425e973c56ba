import type { LlmClient, LlmRequest } from "./llm-client.ts";
import type { LlmMessage, LlmTool } from "./llm-message.ts";
import type { LlmResult } from "./llm-result.ts";
import { parsePromptedCalls } from "./parse-prompted-calls.ts";
import { isBadToolCall, readToolCall } from "./tool-call.ts";

/**
 * A client for models without tools of their own, over a client that asks them: tools go into the prompt, calls and results of
 * a history into texts, and calls are read from the answer's text, in mapping form. Calls without tools pass as they are.
 *
 * An answer with tools in its prompt is not streamed: a watcher would see the calls as text.
 */
export function promptedTools(client: LlmClient): LlmClient {
  return {
    async generate(request, options = {}) {
      const { tools } = request;
      if (!tools?.length) return client.generate(plainRequest(request), options);
      const answer = await client.generate(promptedRequest(request, tools), {
        ...options,
        onDelta: undefined,
      });
      return withCalls(answer, tools, options.idempotencyKey);
    },
  };
}

function promptedRequest(request: LlmRequest, tools: readonly LlmTool[]): LlmRequest {
  const { prompt, messages, systemPrompt, params } = plainRequest(request);
  const { tool_choice: _choice, parallel_tool_calls: _parallel, ...rest } = params ?? {};
  const toolsPrompt = promptOf(tools);
  const asked = { params: { ...rest, stream: null } };
  if (!messages?.length)
    return { ...asked, systemPrompt, prompt: `${toolsPrompt}\n\nUser request: ${prompt ?? ""}` };
  const system = systemPrompt ? `${systemPrompt}\n\n${toolsPrompt}` : toolsPrompt;
  return { ...asked, messages, systemPrompt: system };
}

/** The request without anything that only models with tools understand. */
function plainRequest(request: LlmRequest): LlmRequest {
  const { tools: _tools, messages, ...rest } = request;
  return messages?.length ? { ...rest, messages: messages.map(plainMessage) } : rest;
}

function plainMessage(message: LlmMessage): LlmMessage {
  if (message.role === "tool")
    return {
      role: "user",
      content: `<tool_response id=${JSON.stringify(message.tool_call_id)}>\n${message.content}\n</tool_response>`,
    };
  if (message.role !== "assistant" || !message.tool_calls?.length) return message;
  const calls = message.tool_calls.map(callText);
  return {
    role: "assistant",
    content: [message.content, ...calls].filter((text) => text).join("\n"),
  };
}

function callText(value: unknown): string {
  const call = readToolCall(value);
  const args = isBadToolCall(call) ? {} : call.arguments;
  return `<tool_call>\n${JSON.stringify({ name: call.name, arguments: args })}\n</tool_call>`;
}

function promptOf(tools: readonly LlmTool[]): string {
  const listed = tools.map((tool) => JSON.stringify("function" in tool ? tool.function : tool));
  return [
    "You may call these tools:",
    ...listed,
    "To call one, answer with a block of this form, one for each call, and nothing after the last:",
    "<tool_call>",
    '{"name": "tool_name", "arguments": {"parameter": "value"}}',
    "</tool_call>",
    "The results come in the next message. Without need for a tool, answer as usual.",
  ].join("\n");
}

function withCalls(
  answer: LlmResult,
  tools: readonly LlmTool[],
  idempotencyKey: string | undefined,
): LlmResult {
  const names = new Set(tools.map((tool) => ("function" in tool ? tool.function : tool).name));
  const { calls, rest } = parsePromptedCalls(answer.content ?? "", names);
  if (calls.length === 0) return answer;
  // All attempts at a step give the same ids, and no other step does.
  const prefix = idempotencyKey?.slice(0, 12) ?? "call";
  const named = calls.map((call, index) => ({ ...call, call_id: `${prefix}_${index}` }));
  return { ...answer, content: rest || null, tool_calls: named, finish_reason: "tool_calls" };
}
