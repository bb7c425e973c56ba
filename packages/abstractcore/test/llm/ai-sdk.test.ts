import { realpathSync } from "node:fs";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV2, LanguageModelV3 } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { VirtualClock } from "../../../testkit/src/clock/virtual-clock.ts";
import { AiSdkLlmClient, resolveModel, type AiSdkModel } from "../../src/ai-sdk.ts";
import {
  createLocalRuntime,
  defineOutput,
  isBadToolCall,
  readToolCall,
  type LlmDelta,
  type LlmMessage,
  type LlmTool,
} from "../../src/index.ts";
import { asking } from "./asking.ts";
import { startMock } from "./mock-model.ts";
import { chunk, events, json, ModelServer, says, text } from "./model-server.ts";

const add: LlmTool = {
  name: "add",
  description: "Adds",
  parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
};
const greeting = "Hi there, nice to see you again today!";

function modelAt(url: string, options: { readonly apiKey?: string } = {}) {
  const provider = createOpenAICompatible({
    name: "mock",
    baseURL: `${url}/v1`,
    supportsStructuredOutputs: true,
    includeUsage: true,
    ...options,
  });
  return provider("gpt-x");
}

const clientAt = (url: string): AiSdkLlmClient => new AiSdkLlmClient({ model: modelAt(url) });

describe("a model of the AI SDK", () => {
  it.each([false, true])("answers with all eight fields (streamed: %s)", async (stream) => {
    await using mock = await startMock();
    const usage = { prompt_tokens: 3, completion_tokens: 5 };
    mock.onMessage("hello", { content: greeting, usage }, { chunkSize: 4 });
    const deltas: LlmDelta[] = [];
    const result = await clientAt(mock.url).generate(
      { prompt: "hello", params: { stream } },
      { onDelta: (delta) => deltas.push(delta) },
    );
    expect(result).toEqual({
      content: greeting,
      data: null,
      tool_calls: null,
      usage: { ...usage, total_tokens: 8 },
      model: "gpt-x",
      finish_reason: "stop",
      metadata: null,
      trace_id: null,
    });
    const said = deltas.map((delta) => (delta.type === "content" ? delta.text : ""));
    expect(said.join("")).toBe(stream ? greeting : "");
  });

  it.each([false, true])(
    "calls tools in wire form, and executes none (streamed: %s)",
    async (stream) => {
      await using mock = await startMock();
      const call = { name: "add", arguments: '{"a":1,"b":2}' };
      mock.onMessage("sum", {
        toolCalls: [
          { ...call, id: "c1" },
          { ...call, id: "c2" },
        ],
      });
      const deltas: LlmDelta[] = [];
      const result = await clientAt(mock.url).generate(
        { prompt: "sum", tools: [add], params: { stream, tool_choice: "required" } },
        { onDelta: (delta) => deltas.push(delta) },
      );
      expect(result).toMatchObject({ content: null, finish_reason: "tool_calls" });
      expect(result.tool_calls?.map(readToolCall)).toEqual([
        { call_id: "c1", name: "add", arguments: { a: 1, b: 2 } },
        { call_id: "c2", name: "add", arguments: { a: 1, b: 2 } },
      ]);
      expect(deltas.filter((delta) => delta.type === "tool_call" && delta.name)).toHaveLength(
        stream ? 2 : 0,
      );
      expect(mock.getLastRequest()?.body).toMatchObject({
        tool_choice: "required",
        tools: [{ type: "function", function: add }],
      });
    },
  );

  it("keeps arguments that are no JSON as they are, for whoever executes them to refuse", async () => {
    const call = { id: "c", type: "function", function: { name: "add", arguments: '{"a":' } };
    await using server = await ModelServer.start(says(null, { tool_calls: [call] }));
    const result = await clientAt(server.url).generate({ prompt: "sum", tools: [add] });
    const [read] = (result.tool_calls ?? []).map(readToolCall);
    expect(read && isBadToolCall(read) && read.problem).toBe("arguments are not valid JSON");
  });

  it("is told the whole history, with calls of both forms and their results", async () => {
    await using server = await ModelServer.start(says("3"));
    const wire = { id: "c1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    // As a history at rest holds them: JSON, with calls of both forms.
    const messages = [
      { role: "system", content: "Be exact." },
      {
        role: "user",
        content: [{ type: "text", text: "sum" }, image("data:image/png;base64,iVBORw0KGgo=")],
      },
      { role: "assistant", content: "Let me see.", tool_calls: [wire, mapped("c2")] },
      { role: "tool", tool_call_id: "c1", content: "3" },
      { role: "tool", tool_call_id: "c2", content: "4" },
      { role: "user", content: "And?" },
    ] as unknown as LlmMessage[];
    await clientAt(server.url).generate({ systemPrompt: "You add.", messages });
    expect(server.body()).toMatchObject({
      messages: [
        { role: "system", content: "You add." },
        { role: "system", content: "Be exact." },
        {
          role: "user",
          content: [
            { type: "text", text: "sum" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          ],
        },
        {
          role: "assistant",
          content: "Let me see.",
          tool_calls: [wire, { ...wire, id: "c2" }],
        },
        { role: "tool", tool_call_id: "c1", content: "3" },
        { role: "tool", tool_call_id: "c2", content: "4" },
        { role: "user", content: "And?" },
      ],
    });
  });

  it("takes parameters by their names on the wire; a base_url of a server means nothing to it", async () => {
    await using server = await ModelServer.start(says("ok"));
    await clientAt(server.url).generate({
      prompt: "hi",
      params: {
        temperature: 0.5,
        max_tokens: 7,
        top_p: 0.9,
        stop: "END",
        seed: 3,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        base_url: "http://elsewhere",
        trace_metadata: { run_id: "r" },
      },
    });
    const body = server.body() as Record<string, unknown>;
    expect(body).toMatchObject({
      temperature: 0.5,
      max_tokens: 7,
      top_p: 0.9,
      stop: ["END"],
      seed: 3,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
    });
    expect(body).not.toHaveProperty("base_url");
  });

  it.each([
    ["a part of a message", [{ type: "video", url: "x" }]],
    ["an image", [image("no url")]],
    ["a file", [{ type: "file", file: { file_data: "plain" } }]],
    ["audio", [{ type: "input_audio", input_audio: {} }]],
  ])("refuses for good %s that it has no form for", async (_, content) => {
    const messages = [{ role: "user", content }] as unknown as LlmMessage[];
    await expect(clientAt("http://127.0.0.1:1").generate({ messages })).rejects.toMatchObject({
      code: "invalid_argument",
      final: true,
    });
  });
});

describe("a model of an earlier version of the AI SDK", () => {
  const content = [{ type: "text" as const, text: greeting }];
  const known = {
    provider: "old",
    modelId: "old",
    supportedUrls: {},
    doStream: () => Promise.reject(new Error("not asked to stream")),
  };
  const v2: LanguageModelV2 = {
    ...known,
    specificationVersion: "v2",
    doGenerate: async () => ({
      content,
      finishReason: "stop",
      usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 },
      warnings: [],
    }),
  };
  const v3: LanguageModelV3 = {
    ...known,
    specificationVersion: "v3",
    doGenerate: async () => ({
      content,
      finishReason: { unified: "stop", raw: "stop" },
      usage: {
        inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 5, text: 5, reasoning: undefined },
      },
      warnings: [],
    }),
  };

  it.each<AiSdkModel>([v2, v3])("answers as one of the present does", async (model) => {
    expect(await new AiSdkLlmClient({ model }).generate({ prompt: "hi" })).toMatchObject({
      content: greeting,
      model: "old",
      finish_reason: "stop",
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
    });
  });
});

describe("failures of a model of the AI SDK", () => {
  const ask = async (url: string, stream: boolean) =>
    clientAt(url).generate({ prompt: "hi", params: { stream } });

  it.each([false, true])(
    "have the meaning that their status has (streamed: %s)",
    async (stream) => {
      for (const [status, meaning] of [
        [401, { code: "llm_refused", final: true, certain: true }],
        [429, { code: "llm_rate_limited", retryAfterMs: 7_000, final: false }],
        [503, { code: "llm_unavailable", retryAfterMs: 7_000, final: false }],
      ] as const) {
        const error = { message: "Wrong key sk-secret-1234567" };
        await using server = await ModelServer.start(
          json({ error }, status, { "retry-after": "7" }),
        );
        await expect(ask(server.url, stream)).rejects.toMatchObject({
          ...meaning,
          message: `the model server answered ${status}: Wrong key [redacted]`,
        });
        expect(server.requests).toHaveLength(1);
      }
    },
  );

  it("are final where no waiting helps", async () => {
    const error = { message: "You exceeded your quota", code: "insufficient_quota" };
    await using server = await ModelServer.start(json({ error }, 429));
    await expect(ask(server.url, false)).rejects.toMatchObject({ code: "llm_refused" });
  });

  it("are told apart where there is no answer at all", async () => {
    await using server = await ModelServer.start(text("<html>", 200));
    await expect(ask(server.url, false)).rejects.toMatchObject({ code: "llm_response_invalid" });
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await expect(ask(url, false)).rejects.toMatchObject({ code: "llm_unavailable" });
  });

  it("are streams that break off", async () => {
    await using server = await ModelServer.start(events(chunk({ content: "half an ans" })));
    await expect(ask(server.url, true)).rejects.toMatchObject({ code: "llm_response_invalid" });
  });

  it.each([false, true])(
    "are not what an abort is, which has a reason (streamed: %s)",
    async (stream) => {
      const heard = Promise.withResolvers<void>();
      await using server = await ModelServer.start(() => heard.resolve());
      const stop = new AbortController();
      const reason = new Error("SIGTERM");
      const failure = clientAt(server.url)
        .generate({ prompt: "hi", params: { stream } }, { signal: stop.signal })
        .catch((error: unknown) => error);
      await heard.promise;
      stop.abort(reason);
      expect(await failure).toBe(reason);
    },
  );
});

describe("createLocalRuntime", () => {
  it("runs a workflow on a model of the AI SDK, with structured output", async () => {
    const output = defineOutput({ name: "sum", schema: z.object({ sum: z.number() }) });
    await using server = await ModelServer.start(says('{"sum": 3}'));
    await using runtime = createLocalRuntime({ model: modelAt(server.url), outputs: [output] });
    const run = await runtime.start(asking({ prompt: "1 + 2", output }));
    expect(await run.result()).toMatchObject({ data: { sum: 3 } });
    expect(server.body()).toMatchObject({
      response_format: { type: "json_schema", json_schema: { name: "sum" } },
    });
  });

  it("takes a client of one's own as it is", async () => {
    const client = { generate: async () => ({ content: "from my own" }) as never };
    await using runtime = createLocalRuntime({ model: client });
    const run = await runtime.start(asking({ prompt: "hi" }));
    expect(await run.result()).toEqual({ content: "from my own" });
  });

  it("fails a run for good, with what to install, where the name's package is missing", async () => {
    await using runtime = createLocalRuntime({ model: "nobody/gpt-0" });
    const run = await runtime.start(asking({ prompt: "hi" }));
    expect(await run.state()).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("install @ai-sdk/nobody in your project") },
    });
  });

  it("gives up on a model that says nothing for too long, where it is told to", async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    const client = {
      generate: () => {
        asked.resolve();
        return new Promise<never>(() => {});
      },
    };
    await using runtime = createLocalRuntime({ model: client, clock, timeoutMs: 500 });
    const start = runtime.start(asking({ prompt: "hi" }));
    await asked.promise;
    await clock.advance(500);
    const failed = (await (await start).ledger()).filter(({ kind }) => kind === "failed");
    expect(failed).toMatchObject([{ error: { code: "effect_timeout" } }]);
  });

  it("refuses a model that is none", () => {
    expect(() => createLocalRuntime({ model: {} as never })).toThrow("give a language model");
  });
});

describe("resolveModel", () => {
  it("makes the model of an installed package, by the provider that it exports", () => {
    // The AI SDK itself brings one that has a provider without settings.
    const folder = realpathSync(new URL("../../node_modules/ai", import.meta.url));
    const model = resolveModel("gateway/openai/gpt-5", folder);
    expect(model).toMatchObject({ provider: "gateway", modelId: "openai/gpt-5" });
  });

  it.each([
    ["gpt-5", "give it as provider/model"],
    ["../evil/x", "give it as provider/model"],
    ["openai-compatible/x", "has no provider without settings"],
    ["nobody/x", "install @ai-sdk/nobody"],
  ])("refuses %s: %s", (name, problem) => {
    const folder = new URL("../..", import.meta.url).pathname;
    expect(() => resolveModel(name, folder)).toThrowError(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(problem),
      }),
    );
  });
});

function image(url: string): object {
  return { type: "image_url", image_url: { url } };
}

function mapped(call_id: string): object {
  return { name: "add", arguments: { a: 1 }, call_id };
}
