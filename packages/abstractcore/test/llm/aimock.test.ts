import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { newWorld } from "../../../core/test/world.ts";
import {
  llmCallEffect,
  readToolCall,
  RemoteLlmClient,
  type LlmDelta,
  type LlmTool,
} from "../../src/index.ts";
import { asking } from "./asking.ts";
import { startMock } from "./mock-model.ts";

const add: LlmTool = {
  type: "function",
  function: { name: "add", parameters: { type: "object", properties: { a: { type: "number" } } } },
};
const greeting = "Hi there, nice to see you again today!";

/** Our client and the official one, at the same server. */
function clients(url: string): { ours: RemoteLlmClient; official: OpenAI } {
  return {
    ours: new RemoteLlmClient({ baseUrl: url, model: "gpt-x" }),
    official: new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 }),
  };
}

const userSays = (content: string) => ({
  model: "gpt-x",
  messages: [{ role: "user" as const, content }],
});

describe("the remote client beside the official one", () => {
  it("reads a completion as it does", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", {
      content: greeting,
      usage: { prompt_tokens: 3, completion_tokens: 5 },
    });
    const { ours, official } = clients(mock.url);
    const theirs = await official.chat.completions.create(userSays("hello"));
    const result = await ours.generate({ prompt: "hello" });
    expect(result).toMatchObject({
      content: theirs.choices[0]?.message.content,
      usage: theirs.usage,
      model: theirs.model,
      finish_reason: theirs.choices[0]?.finish_reason,
    });
    expect(result.content).toBe(greeting);
  });

  it("reads tool calls as it does, streamed or not", async () => {
    await using mock = await startMock();
    const call = { name: "add", arguments: '{"a":1,"b":2}', id: "call_1" };
    mock.onMessage("sum", { toolCalls: [call, { ...call, id: "call_2" }] });
    const { ours, official } = clients(mock.url);
    const theirs = await official.chat.completions.create({
      ...userSays("sum"),
      tools: [add],
    });
    for (const stream of [false, true]) {
      const result = await ours.generate({ prompt: "sum", tools: [add], params: { stream } });
      expect(result.tool_calls).toEqual(theirs.choices[0]?.message.tool_calls);
      expect(result.finish_reason).toBe("tool_calls");
      expect(result.tool_calls?.map(readToolCall)).toEqual([
        { call_id: "call_1", name: "add", arguments: { a: 1, b: 2 } },
        { call_id: "call_2", name: "add", arguments: { a: 1, b: 2 } },
      ]);
    }
  });

  it("puts a stream together as it does, with the usage of the last chunk", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { content: greeting }, { chunkSize: 4 });
    const { ours, official } = clients(mock.url);
    const theirs = await official.chat.completions
      .stream({ ...userSays("hello"), stream_options: { include_usage: true } })
      .finalChatCompletion();
    const deltas: LlmDelta[] = [];
    const result = await ours.generate(
      { prompt: "hello", params: { stream: true } },
      { onDelta: (delta) => deltas.push(delta) },
    );
    expect(result).toMatchObject({
      content: theirs.choices[0]?.message.content,
      usage: theirs.usage,
      model: theirs.model,
      finish_reason: theirs.choices[0]?.finish_reason,
    });
    expect(deltas.length).toBeGreaterThan(5);
    expect(deltas.map((delta) => delta.type === "content" && delta.text).join("")).toBe(greeting);
  });

  it("says what of the history the official one says", async () => {
    await using mock = await startMock();
    mock.onToolResult("call_1", { content: "It is 3." });
    const { ours, official } = clients(mock.url);
    const call = { id: "call_1", type: "function", function: { name: "add", arguments: "{}" } };
    const messages = [
      { role: "user", content: "sum" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "3" },
    ] as const;
    await official.chat.completions.create({
      model: "gpt-x",
      messages: [...messages] as unknown as OpenAI.ChatCompletionMessageParam[],
    });
    const result = await ours.generate({ messages: messages as never });
    expect(result.content).toBe("It is 3.");
    const [theirs, mine] = mock.getRequests();
    expect(mine?.body).toMatchObject({
      messages: (theirs?.body as { messages: unknown } | undefined)?.messages,
    });
  });
});

describe("llm_call against a server with faults", () => {
  const retry = { maxAttempts: 3, baseMs: 0, maxMs: 0 };

  it("asks again after a 500", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { content: greeting });
    mock.nextRequestError(500, { message: "overloaded" });
    const { ours: client } = clients(mock.url);
    await using runtime = newWorld().runtime({ effects: [llmCallEffect({ client, retry })] });
    const run = await runtime.start(asking({ prompt: "hello" }));
    expect(await run.result()).toMatchObject({ content: greeting });
    expect(mock.getRequests()).toHaveLength(2);
  });

  it("waits as long as a 429 says, durably, before it asks again", async () => {
    await using mock = await startMock();
    const limited = { error: { message: "slow down" }, status: 429, retryAfter: 7 };
    mock.on({ userMessage: "hello", sequenceIndex: 0 }, limited);
    mock.onMessage("hello", { content: greeting });
    const world = newWorld();
    const { ours: client } = clients(mock.url);
    await using runtime = world.runtime({ effects: [llmCallEffect({ client, retry })] });
    const run = await runtime.start(asking({ prompt: "hello" }));
    const due = new Date(world.clock.now() + 7_000).toISOString();
    expect(await run.state()).toMatchObject({ status: "running", pending: { notBefore: due } });
    const failed = (await run.ledger()).find(({ kind }) => kind === "failed");
    expect(failed).toMatchObject({ error: { code: "llm_rate_limited" } });
    await world.clock.advance(6_999);
    expect(await runtime.tick(run.runId)).toMatchObject({ status: "running" });
    expect(mock.getRequests()).toHaveLength(1);
    await world.clock.advance(1);
    expect(await runtime.tick(run.runId)).toMatchObject({
      status: "completed",
      output: { content: greeting },
    });
  });

  it("takes a stream that breaks off for a failure, and keeps the whole answer of the next attempt", async () => {
    await using mock = await startMock();
    const options = { chunkSize: 4, truncateAfterChunks: 3 };
    mock.on({ userMessage: "hello", sequenceIndex: 0 }, { content: greeting }, options);
    mock.onMessage("hello", { content: greeting }, { chunkSize: 4 });
    const { ours: client } = clients(mock.url);
    const effect = llmCallEffect({ client, retry, stream: true });
    await using runtime = newWorld().runtime({ effects: [effect] });
    const run = await runtime.start(asking({ prompt: "hello" }));
    expect(await run.result()).toMatchObject({ content: greeting, finish_reason: "stop" });
    expect(mock.getRequests()).toHaveLength(2);
  });

  it("fails an attempt on malformed JSON, and does not take it for an answer", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { content: greeting });
    mock.setChaos({ malformedRate: 1 });
    const { ours: client } = clients(mock.url);
    await expect(client.generate({ prompt: "hello" })).rejects.toMatchObject({
      code: "llm_response_invalid",
      final: false,
    });
  });

  it("gives up on a server that is too slow", async () => {
    await using mock = await startMock();
    mock.onMessage("hello", { content: greeting }, { latency: 600_000 });
    const world = newWorld();
    const { clock } = world;
    const client = new RemoteLlmClient({ baseUrl: mock.url, model: "m", timeoutMs: 500, clock });
    const failure = client.generate({ prompt: "hello" }).catch((error: unknown) => error);
    await clock.advance(500);
    expect(await failure).toMatchObject({
      code: "llm_unavailable",
      message: "the model server said nothing for 500 ms",
    });
  });

  it("refuses for good what the server refuses: an unknown message of the mock is a 404", async () => {
    await using mock = await startMock();
    const { ours: client } = clients(mock.url);
    await using runtime = newWorld().runtime({ effects: [llmCallEffect({ client, retry })] });
    const run = await runtime.start(asking({ prompt: "nobody knows" }));
    expect(await run.state()).toMatchObject({
      status: "failed",
      error: {
        code: "effect_failed",
        details: { cause: { code: "llm_refused", details: { status: 404 } } },
      },
    });
    expect(mock.getRequests()).toHaveLength(1);
  });
});
