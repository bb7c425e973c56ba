import {
  combineStores,
  complete,
  defineWorkflow,
  MemoryLedgerStore,
  MemoryRunStore,
  MemoryStore,
  ref,
  RetryPolicy,
  silentLogger,
  type JsonObject,
  type JsonValue,
  type LogFields,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { newWorld } from "../../../core/test/world.ts";
import {
  createLocalRuntime,
  createRemoteRuntime,
  llmCallEffect,
  llmResult,
  readToolCall,
  RemoteLlmClient,
  type LlmClient,
  type LlmMessage,
  type LlmRequest,
} from "../../src/index.ts";
import { json, ModelServer, says } from "./model-server.ts";

/** 0.2.0's plan, written out. */
const plans = (payload: unknown, resultKey = "answer"): Workflow =>
  defineWorkflow({
    id: "plans",
    entry: "ask",
    nodes: {
      ask: (): Plan<"done"> => ({
        effect: { type: "llm_call", payload, resultKey },
        nextNode: "done",
      }),
      done: (run) => complete(run.vars as JsonObject),
    },
  });

const answering = (content = "ok"): LlmClient => ({
  generate: async () => llmResult({ content }),
});

describe("what can't get better is not tried again", () => {
  const policy = new RetryPolicy({ attempts: { llm_call: 5 } });

  it.each<[string, JsonValue]>([
    ["no payload", null],
    ["an empty payload", {}],
    ["a prompt that is no text", { prompt: 7 }],
    ["messages that are no list", { messages: "hi" }],
    ["messages that are none", { messages: [1, 2] }],
    ["messages without a role", { messages: [{ content: "hi" }] }],
    ["a system prompt that is no text", { prompt: "p", system_prompt: {} }],
    ["tools that are no list", { prompt: "p", tools: {} }],
    ["params that are no object", { prompt: "p", params: "temperature=1" }],
    ["an output without a name", { prompt: "p", output: {} }],
  ])("0.2.0 D18: %s", async (_, payload) => {
    const calls: unknown[] = [];
    const client: LlmClient = {
      generate: async (request) => {
        calls.push(request);
        return llmResult({});
      },
    };
    const runtime = newWorld().runtime({ policy, effects: [llmCallEffect({ client })] });
    const run = await runtime.start(plans(payload));
    expect(await run.state()).toMatchObject({
      status: "failed",
      error: { message: expect.stringMatching(/^Effect failed after 1 attempts: .*llm_call/) },
    });
    expect(calls).toEqual([]);
  });

  it("0.2.0 D18: a runtime without the effect", async () => {
    const run = await newWorld()
      .runtime({ policy })
      .start(plans({ prompt: "hi" }));
    const failed = (await run.ledger()).filter(({ kind }) => kind === "failed");
    expect(failed).toMatchObject([{ error: { code: "effect_not_registered" } }]);
  });

  it("0.2.0 D18: a call that the server refuses; one that it can't take now is tried again", async () => {
    const attemptsAt = async (status: number): Promise<number> => {
      await using server = await ModelServer.start(json({}, status));
      const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
      const retry = { maxAttempts: 3, baseMs: 0 };
      const runtime = newWorld().runtime({ effects: [llmCallEffect({ client, retry })] });
      await (await runtime.start(plans({ prompt: "hi" }))).state();
      return server.requests.length;
    };
    expect([await attemptsAt(422), await attemptsAt(503)]).toEqual([1, 3]);
  });
});

describe("the payload is what the node intended", () => {
  it("0.2.0 D24: started and completed records agree, and who asks is told to the client alone", async () => {
    const seen: LlmRequest[] = [];
    const client: LlmClient = {
      generate: async (request) => {
        seen.push(request);
        return llmResult({ content: "ok" });
      },
    };
    const world = newWorld();
    const runtime = world.runtime({ effects: [llmCallEffect({ client })] });
    const payload = { prompt: "hi", params: { trace_metadata: { tag: "mine", run_id: "forged" } } };
    const untouched = structuredClone(payload);
    const options = { id: "run", actorId: "ar_1", sessionId: "s" };
    const run = await runtime.start(plans(payload), options);
    expect(seen[0]?.params?.trace_metadata).toEqual({
      tag: "mine",
      run_id: "run",
      actor_id: "ar_1",
      session_id: "s",
    });
    expect(payload).toEqual(untouched);
    const intents = (await run.ledger()).flatMap((record) =>
      "intent" in record && record.intent ? [record.intent.effect.payload] : [],
    );
    expect(intents).toEqual([untouched]);
    const texts = await world.store.recordTexts(run.runId);
    const told = texts.map((text) => JSON.parse(text) as { effect?: { payload?: JsonObject } });
    const payloads = told.flatMap(({ effect }) => (effect?.payload ? [effect.payload] : []));
    for (const stored of payloads) expect(stored).toEqual(untouched);
  });

  it("0.2.0 D24: a history is handed over by reference, and never written to", async () => {
    const client: LlmClient = {
      generate: async ({ messages, params }) => {
        expect(() => (messages as LlmMessage[]).push({ role: "user", content: "x" })).toThrow(
          TypeError,
        );
        expect(params?.trace_metadata).toMatchObject({ run_id: "run" });
        return llmResult({ content: `${messages?.length}` });
      },
    };
    const runtime = newWorld().runtime({ effects: [llmCallEffect({ client })] });
    const history = [{ role: "user", content: "hi" }];
    const run = await runtime.start(plans({ messages: ref("context.messages") }), {
      id: "run",
      vars: { context: { messages: history } },
    });
    expect(await run.state()).toMatchObject({
      status: "completed",
      vars: { answer: { content: "1" }, context: { messages: history } },
    });
  });
});

describe("a result replaces nothing in silence", () => {
  it.each([
    ["a text", "a text"],
    ["a list", [1, 2]],
  ])("0.2.0 D48: %s in the way of an answer's dotted key is logged", async (_, value) => {
    const warned: LogFields[] = [];
    const warn = (event: string, fields: LogFields = {}): void => {
      if (event === "step.result_replaces") warned.push(fields);
    };
    const effects = [llmCallEffect({ client: answering() })];
    const runtime = newWorld().runtime({ effects, logger: { ...silentLogger, warn } });
    const { runId } = await runtime.start(plans({ prompt: "hi" }, "note.answer"), {
      vars: { note: value },
    });
    const replaced = { effect: "llm_call", resultKey: "note.answer", replaces: "note" };
    expect(warned).toEqual([{ runId, nodeId: "ask", ...replaced }]);
  });
});

describe("what the remote client lost", () => {
  it("0.2.0 D54: every common parameter is sent, and null ones are not", async () => {
    await using server = await ModelServer.start(says("ok"));
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const sent = {
      temperature: 0,
      max_tokens: 10,
      stop: ["a", "b"],
      seed: 1,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      top_p: 0.9,
      response_format: { type: "json_object" },
      tool_choice: { type: "function", function: { name: "add" } },
      parallel_tool_calls: false,
      logit_bias: { 50256: -100 },
      reasoning_effort: "low",
      thinking: { type: "enabled" },
    };
    const params = { ...sent, top_k: null, user: undefined, model: "other", trace_metadata: {} };
    await client.generate({ prompt: "hi", tools: [], params });
    expect(server.body()).toEqual({
      model: "other",
      messages: [{ role: "user", content: "hi" }],
      stream: false,
      tools: [],
      ...sent,
    });
  });

  it.each(["a\r\nX-Evil: 1", "\n", "naïve 🦉", "lone \ud800", " edge ", "50% \u0000\u007f"])(
    "0.2.0 D54: an actor named %j reaches the server whole, in its header and no other",
    async (actor_id) => {
      await using server = await ModelServer.start(says("ok"));
      const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
      const trace_metadata = { actor_id };
      await client.generate({ prompt: "hi", params: { trace_metadata } });
      const headers = server.requests[0]?.headers ?? {};
      const header = headers["x-abstractcore-actor-id"] as string;
      expect(header).toMatch(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
      expect(decodeURIComponent(header)).toBe(actor_id.toWellFormed());
      const metadata = headers["x-abstractcore-trace-metadata"] as string;
      expect(JSON.parse(metadata)).toEqual(trace_metadata);
      expect(headers).not.toHaveProperty("x-evil");
    },
  );

  it("0.2.0 D54: tool calls in wire form can be read as those that tools are called with", async () => {
    const wire = { id: "c", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    await using server = await ModelServer.start(says(null, { tool_calls: [wire] }));
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const { tool_calls: calls } = await client.generate({ prompt: "hi" });
    expect(calls?.map(readToolCall)).toEqual([{ name: "add", arguments: { a: 1 }, call_id: "c" }]);
  });

  it("0.2.0 D54: an error in a body of status 200 is no answer", async () => {
    await using server = await ModelServer.start(json({ error: { message: "no model loaded" } }));
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const runtime = newWorld().runtime({ effects: [llmCallEffect({ client })] });
    const run = await runtime.start(plans({ prompt: "hi" }));
    expect(await run.state()).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("no model loaded") },
    });
  });

  it("0.2.0 D54: arguments that can't be read spoil one call, and not the batch", () => {
    const calls = ['{"a":', "[1]", '{"a":1}', ""].map((args, n) =>
      readToolCall({ id: `${n}`, type: "function", function: { name: "add", arguments: args } }),
    );
    expect(calls).toEqual([
      { name: "add", call_id: "0", problem: "arguments are not valid JSON" },
      { name: "add", call_id: "1", problem: "arguments must be a JSON object" },
      { name: "add", call_id: "2", arguments: { a: 1 } },
      { name: "add", call_id: "3", arguments: {} },
    ]);
  });
});

describe("a store that is given is used", () => {
  const local = { model: answering() };
  const remote = { baseUrl: "http://127.0.0.1:1", model: "m" };

  it("0.2.0 D55: by each factory, beside anything else that is given or not", async () => {
    const halves = combineStores({ runs: new MemoryRunStore(), ledger: new MemoryLedgerStore() });
    for (const store of [new MemoryStore(), halves]) {
      expect(createLocalRuntime({ ...local, store }).store).toBe(store);
      expect(createRemoteRuntime({ ...remote, store }).store).toBe(store);
    }
    expect(createLocalRuntime(local).store).toBeInstanceOf(MemoryStore);
  });

  it.each(["runStore", "ledgerStore"])(
    "0.2.0 D55: half a store (%s) is refused, and not replaced by memory",
    (half) => {
      const store = { [half]: new MemoryRunStore() };
      expect(() => createLocalRuntime({ ...local, ...store })).toThrow(`${half}: give both halves`);
      expect(() => createRemoteRuntime({ ...remote, ...store })).toThrow("combineStores");
    },
  );

  it.each([null, "./data", {}])("0.2.0 D55: %j is no store", (store) => {
    const options = { ...local, store } as unknown as Parameters<typeof createLocalRuntime>[0];
    expect(() => createLocalRuntime(options)).toThrow("store: give a DurableStore");
  });
});

describe("how many parameters a function shows decides nothing", () => {
  it.each<[string, LlmClient["generate"]]>([
    ["none", async (...all) => llmResult({ content: typeof all[1]?.idempotencyKey })],
    [
      "one and an optional one",
      async (_request, options = {}) => llmResult({ content: typeof options.idempotencyKey }),
    ],
    [
      "two and a third that nobody gives",
      async (
        _request: LlmRequest,
        { idempotencyKey }: { idempotencyKey?: string | undefined } = {},
        timeout = 5,
      ) => llmResult({ content: timeout === 5 ? typeof idempotencyKey : "wrong" }),
    ],
  ])("0.2.0 D56: a client with %s is called alike", async (_, generate) => {
    await using runtime = createLocalRuntime({ model: { generate } });
    const run = await runtime.start(plans({ prompt: "hi" }));
    expect(await run.result()).toMatchObject({ answer: { content: "string" } });
  });
});
