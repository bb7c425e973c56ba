import type { JsonObject } from "@abstractruntime/core";
import { isObject } from "./is-object.ts";
import { isBadToolCall, readToolCall, type ToolCall } from "./tool-call.ts";

type PromptedCall = Pick<ToolCall, "name" | "arguments">;

/** How models mark calls in their texts, whatever they were told: a tag, Mistral's mark, or a block of Markdown. */
const marks: readonly RegExp[] = [
  /<\|?tool_call\|?>([\s\S]*?)(?:<\/\|?tool_call\|?>|$)/g,
  /\[TOOL_CALLS\]([\s\S]*)$/g,
  /```(?:tool_call|tool_code|json)?\s*\n([\s\S]*?)```/g,
];

/**
 * The tool calls in a model's text, and what is left of it. Only calls of tools that there are count: what else looks like one
 * is text.
 */
export function parsePromptedCalls(
  text: string,
  names: ReadonlySet<string>,
): { readonly calls: readonly PromptedCall[]; readonly rest: string } {
  for (const mark of marks) {
    const calls: PromptedCall[] = [];
    const rest = text.replace(mark, (block, inner: string) => {
      const found = callsIn(inner, names);
      calls.push(...found);
      return found.length > 0 ? "" : block;
    });
    if (calls.length > 0) return { calls, rest: rest.trim() };
  }
  const calls = callsIn(text, names);
  return calls.length > 0 ? { calls, rest: "" } : { calls: [], rest: text };
}

/** The calls that a text of JSON is: one, or a list of them. */
function callsIn(text: string, names: ReadonlySet<string>): readonly PromptedCall[] {
  const parsed = tryParse(text.trim());
  const values: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const calls = values.map((value) => (isObject(value) ? readCall(value, names) : undefined));
  return calls.every((call) => call !== undefined) ? calls : [];
}

function readCall(value: JsonObject, names: ReadonlySet<string>): PromptedCall | undefined {
  // Llama calls them parameters.
  const args = value["arguments"] ?? value["parameters"] ?? {};
  const call = readToolCall({ ...value, arguments: args });
  return isBadToolCall(call) || !names.has(call.name)
    ? undefined
    : { name: call.name, arguments: call.arguments };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
