import { complete, defineWorkflow, type JsonObject } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import {
  createLocalRuntime,
  llmCall,
  llmResult,
  promptedTools,
  type LlmClient,
  type LlmMessage,
  type LlmRequest,
  type LlmResult,
  type LlmTool,
} from "../../src/index.ts";

const add: LlmTool = { name: "add", description: "Adds", parameters: { type: "object" } };
const sub: LlmTool = { type: "function", function: { name: "sub" } };

/** A model that only knows texts. */
function textModel(...answers: readonly string[]): LlmClient & { readonly asked: LlmRequest[] } {
  const asked: LlmRequest[] = [];
  return {
    asked,
    async generate(request) {
      asked.push(request);
      return llmResult({ content: answers[asked.length - 1] ?? null, finish_reason: "stop" });
    },
  };
}

async function ask(answer: string): Promise<LlmResult> {
  const client = promptedTools(textModel(answer));
  return client.generate(
    { prompt: "1 + 2", tools: [add, sub] },
    { idempotencyKey: "0123456789abcdef" },
  );
}

const block = '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>';
const call = (n: number, name = "add", args: JsonObject = { a: 1 }) => ({
  name,
  arguments: args,
  call_id: `0123456789ab_${n}`,
});

describe("tools in the prompt", () => {
  it("are told before the user's request, as 0.2.0 did, and not sent as tools", async () => {
    const model = textModel("3");
    await promptedTools(model).generate({
      prompt: "1 + 2",
      tools: [add],
      params: { tool_choice: "auto", stream: true, temperature: 0 },
    });
    expect(model.asked[0]?.prompt).toMatch(
      /^You may call these tools:\n\{"name":"add".*\n\nUser request: 1 \+ 2$/s,
    );
    expect(model.asked[0]).not.toHaveProperty("tools");
    expect(model.asked[0]?.params).toEqual({ temperature: 0, stream: null });
  });

  it("are told in the system prompt where there are messages, whose calls become texts", async () => {
    const model = textModel("3");
    const messages: readonly LlmMessage[] = [
      { role: "user", content: "1 + 2" },
      { role: "assistant", content: "Let me see.", tool_calls: [call(0)] },
      { role: "tool", tool_call_id: "0123456789ab_0", content: "3" },
    ];
    await promptedTools(model).generate({ messages, systemPrompt: "You add.", tools: [add] });
    expect(model.asked[0]?.systemPrompt).toMatch(/^You add\.\n\nYou may call these tools:/);
    expect(model.asked[0]?.messages).toEqual([
      { role: "user", content: "1 + 2" },
      {
        role: "assistant",
        content: 'Let me see.\n<tool_call>\n{"name":"add","arguments":{"a":1}}\n</tool_call>',
      },
      { role: "user", content: '<tool_response id="0123456789ab_0">\n3\n</tool_response>' },
    ]);
  });

  it.each<[string, string, string | null, readonly object[]]>([
    ["one block", block, null, [call(0)]],
    ["text and blocks", `I add.\n${block}\n${block}`, "I add.", [call(0), call(1)]],
    ["a block that has no end", block.replace("</tool_call>", ""), null, [call(0)]],
    ["a list", '[TOOL_CALLS][{"name":"sub","arguments":{}}]', null, [call(0, "sub", {})]],
    ["parameters", '{"name": "add", "parameters": {"a": 1}}', null, [call(0)]],
    ["Markdown", '```json\n{"name": "add", "arguments": {"a": 1}}\n```', null, [call(0)]],
    ["arguments as a text", block.replace('{"a": 1}', '"{\\"a\\": 1}"'), null, [call(0)]],
  ])("are called by %s", async (_, answer, content, calls) => {
    expect(await ask(answer)).toMatchObject({
      content,
      tool_calls: calls,
      finish_reason: "tool_calls",
    });
  });

  it.each([
    ["plain text", "The sum is 3."],
    ["a tool that there is not", block.replace("add", "rm_rf")],
    ["JSON that is no call", '{"sum": 3}'],
    ["a block that is no JSON", "<tool_call>add(1)</tool_call>"],
    ["arguments that are no object", block.replace('{"a": 1}', "[1]")],
  ])("are not called by %s", async (_, answer) => {
    expect(await ask(answer)).toMatchObject({
      content: answer,
      tool_calls: null,
      finish_reason: "stop",
    });
  });

  it("are what a local runtime makes of them for a model without its own", async () => {
    await using runtime = createLocalRuntime({ model: textModel(block), nativeTools: false });
    const adding = defineWorkflow({
      id: "adding",
      entry: "ask",
      nodes: {
        ask: () => llmCall({ prompt: "1 + 2", tools: [add], resultKey: "answer", next: "done" }),
        done: (run) => complete(run.vars.answer as JsonObject),
      },
    });
    const run = await runtime.start(adding);
    expect(await run.result()).toMatchObject({
      tool_calls: [{ name: "add", arguments: { a: 1 }, call_id: expect.stringMatching(/_0$/) }],
    });
  });
});
