import type { LlmMessage } from "../llm/llm-message.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import {
  isBadToolCall,
  readToolCall,
  toWireToolCall,
  type WireToolCall,
} from "../llm/tool-call.ts";

/** The tool calls of an answer as a history can hold them, and what is wrong with those that can't be performed. */
export interface SaidCalls {
  readonly calls: readonly WireToolCall[];
  readonly problems: readonly { readonly id: string; readonly problem: string }[];
}

/**
 * Read the tool calls of an answer. Each gets an id of its own where it has none, so that its result can be told from others.
 * Arguments that can't be read become none: servers refuse a history that is not JSON.
 */
export function readSaidCalls(said: LlmResult["tool_calls"] | undefined, turn: number): SaidCalls {
  const taken = new Set<string>();
  const problems: { id: string; problem: string }[] = [];
  const calls = (said ?? []).map((value, index) => {
    const call = readToolCall(value);
    const isNew = call.call_id !== "" && !taken.has(call.call_id);
    const id = isNew ? call.call_id : `call_${turn}_${index}`;
    taken.add(id);
    if (!isBadToolCall(call)) return toWireToolCall({ ...call, call_id: id });
    problems.push({ id, problem: call.problem });
    return toWireToolCall({ name: call.name || "unknown", arguments: {}, call_id: id });
  });
  return { calls, problems };
}

/** The calls of the last answer that have no result yet, in order. */
export function openCalls(messages: readonly LlmMessage[]): readonly WireToolCall[] {
  const answered = new Set<string>();
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message?.role === "tool") answered.add(message.tool_call_id);
    if (message?.role === "user") return [];
    if (message?.role !== "assistant") continue;
    const calls = readSaidCalls(message.tool_calls, 0).calls;
    return calls.filter(({ id }) => !answered.has(id));
  }
  return [];
}
