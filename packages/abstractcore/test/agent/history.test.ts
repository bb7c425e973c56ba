import { describe, expect, it } from "vitest";
import { defineEffect } from "@abstractruntime/core";
import { add, converse, messagesOf, payloadsOf } from "./agent-world.ts";
import { ScriptedModel, type Said } from "./scripted-model.ts";

/** So many turns of adding, and then an answer. */
function adding(turns: number, answer = "done"): readonly Said[] {
  return [...Array.from({ length: turns }, (_, n): Said => [["add", { a: n, b: 1 }]]), answer];
}

describe("a conversation that must not get too long", () => {
  it("loses its oldest turns, and never its task", async () => {
    const model = new ScriptedModel(...adding(10));
    const { state } = await converse(model, { tools: [add], history: { maxMessages: 6 } });
    expect(state.status).toBe("completed");
    for (const { messages } of model.requests) {
      expect(messages?.length).toBeLessThanOrEqual(6);
      expect(messages?.[0]).toEqual({ role: "user", content: "go" });
      expect(messages?.[1]?.role).not.toBe("tool");
    }
    expect(model.seen("tool")).toEqual(["9", "10"]);
  });

  it("says what it lost in its ledger", async () => {
    const model = new ScriptedModel(...adding(10));
    const { run } = await converse(model, { tools: [add], history: { maxMessages: 6 } });
    const results = (await run.ledger()).flatMap((record) =>
      record.kind === "answered" ? [JSON.stringify(record.result)] : [],
    );
    expect(results).toHaveLength(10);
    expect(results[0]).toContain('"output":1');
  });

  it("is summed up by the model, in a step of its own, whose text takes its place", async () => {
    const says = adding(5);
    const model = new ScriptedModel(
      ...says.slice(0, 4),
      "Summary: 1 to 4 were added.",
      ...says.slice(4),
    );
    const { run, state, runtime } = await converse(model, {
      system: "You add.",
      tools: [add],
      history: { maxMessages: 8, summarise: true, keep: 4 },
    });
    expect((await run.result()).turns).toBe(6);
    const asked = model.requests[4];
    expect(asked?.messages).toHaveLength(10);
    expect(asked?.messages?.at(-1)).toMatchObject({
      role: "user",
      content: expect.stringContaining("sum up"),
    });
    expect(asked).toMatchObject({ systemPrompt: "You add.", params: { tool_choice: "none" } });
    const next = model.requests[5];
    expect(next?.systemPrompt).toBe(
      "You add.\n\nWhat was said before, in short:\nSummary: 1 to 4 were added.",
    );
    expect(next?.messages?.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(messagesOf(state).map(({ content }) => content)).not.toContain(
      "Summary: 1 to 4 were added.",
    );
    expect(await payloadsOf(runtime, "run", "llm_call")).toHaveLength(7);
  });

  it("is summed up in words of one's own, again and again", async () => {
    let summaries = 0;
    const sum = (): Said => `summary ${(summaries += 1)}`;
    let turn = 0;
    const model = new ScriptedModel((request) => {
      if (request.messages?.at(-1)?.content === "Sum up!") return sum();
      turn += 1;
      return turn > 12 ? "done" : [["add", { a: turn, b: 0 }]];
    });
    const { run } = await converse(model, {
      tools: [add],
      history: { maxMessages: 6, summarise: "Sum up!" },
    });
    expect((await run.result()).turns).toBe(13);
    expect(summaries).toBeGreaterThan(2);
    const last = model.requests.at(-1);
    expect(last?.systemPrompt).toBe(`What was said before, in short:\nsummary ${summaries}`);
    expect(last?.messages?.filter(({ content }) => content === "Sum up!")).toEqual([]);
  });

  it("is summed up by an effect of one's own, which sees what the model would", async () => {
    const seen: number[] = [];
    const sumUp = defineEffect({
      type: "sum_up",
      replay: "safe",
      perform: ({ messages }: { messages: readonly unknown[] }) => {
        seen.push(messages.length);
        return `${messages.length} messages`;
      },
    });
    const model = new ScriptedModel(...adding(4));
    const history = { maxMessages: 6, summarise: sumUp };
    const { run } = await converse(model, { tools: [add], history }, undefined, {
      effects: [sumUp],
    });
    expect((await run.result()).answer).toBe("done");
    expect(seen).toEqual([7]);
    expect(model.requests.at(-1)?.systemPrompt).toContain("7 messages");
  });

  it("is cut all the same when the summary is empty", async () => {
    const model = new ScriptedModel(...adding(3).slice(0, 3), "", "done");
    const { run, state } = await converse(model, {
      tools: [add],
      history: { maxMessages: 6, summarise: true },
    });
    expect((await run.result()).answer).toBe("done");
    expect(messagesOf(state).length).toBeLessThan(6);
    expect(model.requests.at(-1)?.systemPrompt).toBeNull();
  });
});
