import type { LlmMessage } from "../llm/llm-message.ts";

/**
 * Where a history of more than `max` messages is cut: the messages from `from` up to `to` are left out.
 *
 * What leads it (system messages, and the first message of the user, which says what all of it is about) stays. The rest never
 * begins with a tool's result: a model server refuses one without its call. The last turn stays whole, also where it alone is
 * more than `max`.
 *
 * @returns null where nothing needs to be, or can be, left out
 */
export function cutOf(
  messages: readonly LlmMessage[],
  max: number,
): { readonly from: number; readonly to: number } | null {
  if (messages.length <= max) return null;
  const from = headLength(messages);
  const last = messages.findLastIndex(({ role }) => role !== "tool" && role !== "system");
  let to = messages.length - Math.max(0, max - from);
  while (to < last && messages[to]?.role === "tool") to += 1;
  to = Math.min(to, last);
  return to > from ? { from, to } : null;
}

function headLength(messages: readonly LlmMessage[]): number {
  const first = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  if (first === -1) return messages.length;
  return messages[first]?.role === "user" ? first + 1 : first;
}
