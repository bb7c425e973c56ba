import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlmMessage } from "../llm/llm-message.ts";
import { cutOf } from "./cut-history.ts";

/** One turn: what the user said, or what the model did, with a result for each of its calls. */
const anyTurn: fc.Arbitrary<readonly LlmMessage[]> = fc.oneof(
  fc.constant([{ role: "user", content: "u" }] as const),
  fc.constant([{ role: "assistant", content: "a" }] as const),
  fc.constant([{ role: "system", content: "note" }] as const),
  fc.integer({ min: 1, max: 6 }).map((count): readonly LlmMessage[] => {
    const ids = Array.from({ length: count }, (_, index) => `${index}`);
    const tool_calls = ids.map((call_id) => ({ name: "t", arguments: {}, call_id }));
    return [
      { role: "assistant", content: null, tool_calls },
      ...ids.map((id): LlmMessage => ({ role: "tool", tool_call_id: id, content: "r" })),
    ];
  }),
);

const anyHistory = fc
  .tuple(fc.nat({ max: 2 }), fc.array(anyTurn, { maxLength: 30 }))
  .map(([systems, turns]): readonly LlmMessage[] => [
    ...Array.from({ length: systems }, () => ({ role: "system", content: "s" }) as const),
    { role: "user", content: "task" },
    ...turns.flat(),
  ]);

function cut(messages: readonly LlmMessage[], max: number): readonly LlmMessage[] {
  const left = cutOf(messages, max);
  return left === null ? messages : messages.toSpliced(left.from, left.to - left.from);
}

/** Whether each tool's result stands after the call that it is of, with other results alone between them. */
function arePaired(messages: readonly LlmMessage[]): boolean {
  let open = new Set<unknown>();
  for (const message of messages) {
    if (message.role === "assistant")
      open = new Set(message.tool_calls?.map((call) => ("call_id" in call ? call.call_id : "")));
    else if (message.role === "tool" && !open.delete(message.tool_call_id)) return false;
  }
  return true;
}

describe("cutOf", () => {
  it("keeps calls and results together, what leads the history, and its last turn, and is no longer than that", () => {
    fc.assert(
      fc.property(anyHistory, fc.integer({ min: 4, max: 20 }), (messages, max) => {
        const kept = cut(messages, max);
        const head = messages.findIndex(({ role }) => role === "user") + 1;
        const last = messages.findLastIndex(({ role }) => role !== "tool" && role !== "system");
        expect(arePaired(kept)).toBe(true);
        expect(kept.slice(0, head)).toEqual(messages.slice(0, head));
        expect(kept.slice(head)).toEqual(messages.slice(messages.length - kept.length + head));
        expect(kept.length).toBeGreaterThanOrEqual(
          Math.min(messages.length, head + (messages.length - Math.max(last, head))),
        );
        expect(kept.length).toBeLessThanOrEqual(Math.max(max, head + messages.length - last));
        expect(cut(kept, max)).toBe(kept);
      }),
    );
  });

  it("would break pairs if it took the last messages as they come", () => {
    const call = { name: "t", arguments: {}, call_id: "1" };
    const messages: readonly LlmMessage[] = [
      { role: "user", content: "task" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "1", content: "r" },
      { role: "assistant", content: "a" },
      { role: "user", content: "u" },
    ];
    expect(arePaired(messages.slice(-3))).toBe(false);
    expect(cutOf(messages, 4)).toEqual({ from: 1, to: 3 });
    expect(cutOf(messages, 5)).toBeNull();
  });
});
