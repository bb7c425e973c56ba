import { describe, expect, it } from "vitest";
import { checkWorkflow, toMermaid, waitFor } from "@abstractruntime/core";
import {
  approve,
  createLocalRuntime,
  createRemoteRuntime,
  defineTool,
  reactAgent,
  reject,
  openApprovals,
  type AgentInput,
} from "../../src/index.ts";
import { add, agentWorld, converse, messagesOf, noting, payloadsOf, said } from "./agent-world.ts";
import { startMock } from "../llm/mock-model.ts";
import { ScriptedModel } from "./scripted-model.ts";

describe("an agent", () => {
  it("answers without a call", async () => {
    const model = new ScriptedModel("Hello.");
    const { run, state } = await converse(model, { system: "You are brief.", model: "tiny" });
    expect(await run.result()).toEqual({
      answer: "Hello.",
      agent: "react_agent",
      turns: 1,
      finish_reason: "stop",
    });
    expect(model.requests).toMatchObject([
      {
        systemPrompt: "You are brief.",
        messages: [{ role: "user", content: "go" }],
        tools: null,
        params: { model: "tiny" },
      },
    ]);
    expect(messagesOf(state).map(({ role }) => role)).toEqual(["user", "assistant"]);
  });

  it("thinks and acts until the model answers without a call", async () => {
    const model = new ScriptedModel(
      [["add", { a: 1, b: 2 }]],
      [["add", { a: 3, b: 4 }]],
      "It is 7.",
    );
    const { run, state } = await converse(model, { tools: [add] });
    expect((await run.result()).answer).toBe("It is 7.");
    expect(said(state, "tool")).toEqual(["3", "7"]);
    expect(model.seen("tool")).toEqual(["3", "7"]);
    expect(model.requests[0]?.tools).toMatchObject([{ function: { name: "add" } }]);
    const kinds = (await run.ledger()).map(({ kind, nodeId }) => `${nodeId} ${kind}`);
    const turn = ["think begun", "think completed", "act begun", "act waiting", "act answered"];
    const last = ["think begun", "think completed", "check ended"];
    expect(kinds).toEqual(["act created", ...turn, ...turn, ...last]);
  });

  it("performs the calls of one turn at the same time, and gives the results in their order", async () => {
    const begun: number[] = [];
    const slow = defineTool({
      name: "slow",
      description: "",
      replay: "safe",
      execute: ({ n }) => {
        begun.push(n);
        return waitFor({ keys: [`go ${n}`] });
      },
    });
    const calls = [1, 2, 3].map((n) => ["slow", { n }] as const);
    const model = new ScriptedModel(calls, "done");
    const { run, runtime, state } = await converse(model, { tools: [slow] });
    expect(begun).toEqual([1, 2, 3]);
    expect(state).toMatchObject({ status: "waiting", waiting: { reason: "subworkflow" } });
    for (const n of [3, 1, 2]) await runtime.emitEvent(`go ${n}`, `done ${n}`);
    await run.run();
    expect(said(await run.state(), "tool")).toEqual(["done 1", "done 2", "done 3"]);
  });

  it("gives the model what went wrong as a result: tools that fail, bad arguments, tools that there are not", async () => {
    const broken = defineTool({
      name: "broken",
      description: "",
      replay: "safe",
      execute: () => {
        throw new Error("out of order");
      },
    });
    const { tool: elsewhere, told } = noting("elsewhere");
    const model = new ScriptedModel(
      [
        ["broken", {}],
        ["add", { a: "x", b: 2 }],
        ["add", "{not json"],
        ["missing", {}],
        ["elsewhere", { text: "a tool of another agent" }],
        ["add", { a: 1, b: 1 }],
      ],
      "I see.",
    );
    const world = agentWorld();
    const agent = reactAgent({ llm: model, tools: [add, broken] });
    const other = reactAgent({ id: "other", tools: [elsewhere] });
    const runtime = world.runtime(agent, other);
    const run = await runtime.start(agent, { vars: { task: "go" } });
    expect((await run.result()).answer).toBe("I see.");
    const results = messagesOf(await run.state()).flatMap((message) =>
      message.role === "tool" ? [[message.tool_call_id, message.content]] : [],
    );
    expect(Object.fromEntries(results)).toEqual({
      t1_0: "Error: out of order",
      t1_1: "Error: a: Invalid input: expected number, received string",
      t1_2: "Error: arguments are not valid JSON",
      t1_3: 'Error: there is no tool "missing"',
      t1_4: 'Error: there is no tool "elsewhere"',
      t1_5: "2",
    });
    expect(told).toEqual([]);
  });

  it("gives calls without an id, or with the same, ids of their own", async () => {
    const call = (id: string, args: object) => ({
      id,
      type: "function" as const,
      function: { name: "add", arguments: JSON.stringify(args) },
    });
    const tool_calls = [
      call("", { a: 1, b: 1 }),
      call("x", { a: 2, b: 2 }),
      call("x", { a: 3, b: 3 }),
      { name: "add", arguments: { a: 4, b: 4 }, call_id: "y" },
    ];
    const model = new ScriptedModel({ tool_calls }, "ok");
    const { state } = await converse(model, { tools: [add] });
    const results = messagesOf(state).flatMap((message) =>
      message.role === "tool" ? [[message.tool_call_id, message.content]] : [],
    );
    expect(results).toEqual([
      ["call_1_0", "2"],
      ["x", "4"],
      ["call_1_2", "6"],
      ["y", "8"],
    ]);
    const [assistant] = messagesOf(state).filter(({ role }) => role === "assistant");
    expect(assistant).toMatchObject({
      tool_calls: [{ id: "call_1_0" }, { id: "x" }, { id: "call_1_2" }, { id: "y" }],
    });
  });

  it("copies into the ledger neither the conversation nor the calls of an answer", async () => {
    const model = new ScriptedModel([["add", { a: 1, b: 2 }]], "3");
    const { runtime } = await converse(model, { tools: [add], system: "Be brief." });
    const nothing = { messages: null, system_prompt: null, tools: null, params: null };
    expect(await payloadsOf(runtime, "run", "llm_call")).toEqual([nothing, nothing]);
    expect(await payloadsOf(runtime, "run", "tool_calls")).toEqual([{ tool_calls: null }]);
  });

  it("waits for a person's consent, whose no is a result, too", async () => {
    const { tool, told } = noting();
    const asked = { ...tool, approval: true };
    const model = new ScriptedModel(
      [["note", { text: "one" }]],
      [["note", { text: "two" }]],
      "done",
    );
    const { run, runtime } = await converse(model, { tools: [asked] });
    for (const answer of [approve(), reject("not now")]) {
      expect(told.length).toBeLessThan(2);
      const { value: open } = await openApprovals(runtime, { parentRunId: "run" }).next();
      await runtime.resume(open!.runId, answer, { waitId: open!.waitId });
      await run.run();
    }
    expect(told).toEqual(["one"]);
    expect(said(await run.state(), "tool")).toEqual(["noted one", "Error: rejected: not now"]);
    expect((await run.result()).answer).toBe("done");
  });

  it("goes on with a conversation, and first does what was left to do in it", async () => {
    const model = new ScriptedModel("5 and bye.");
    const messages = [
      { role: "user", content: "2 and 3?" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ name: "add", arguments: { a: 2, b: 3 }, call_id: "old" }],
      },
    ] as const;
    const { state } = await converse(model, { tools: [add] }, { messages });
    expect(
      messagesOf(state)
        .map(({ role }) => role)
        .join(" "),
    ).toBe("user assistant tool assistant");
    expect(said(state, "tool")).toEqual(["5"]);
    const again = await converse(model, {}, { messages: messagesOf(state), task: "And now?" });
    expect(model.requests.at(-1)?.messages?.at(-1)).toEqual({ role: "user", content: "And now?" });
    expect(again.state.status).toBe("completed");
  });

  it("stops at its number of turns, and says so", async () => {
    const model = new ScriptedModel([["add", { a: 1, b: 1 }]]);
    const { run, state } = await converse(model, { tools: [add], maxTurns: 3 });
    expect(state).toMatchObject({ status: "failed", error: { code: "max_turns_exceeded" } });
    expect(model.requests).toHaveLength(3);
    await expect(run.result()).rejects.toThrow("no final answer after 3 turns");
  });

  it("takes other tools and another prompt over when its code has changed", async () => {
    const first = new ScriptedModel([["ask_user", { question: "Go on?" }]]);
    const { store, clock, run, runtime } = await converse(first, { askUser: true, system: "Old." });
    await runtime.close();
    const second = new ScriptedModel("done");
    const agent = reactAgent({ llm: second, askUser: true, system: "New.", tools: [add] });
    const later = agentWorld({ store, clock }).runtime(agent);
    const { waiting } = await later.getState(run.runId);
    await later.resume(run.runId, "yes", { waitId: waiting!.waitId });
    expect((await later.run(run.runId)).status).toBe("completed");
    expect(second.requests[0]).toMatchObject({ systemPrompt: "New." });
    expect(second.requests[0]?.tools).toHaveLength(2);
  });
});

describe("the graph of an agent", () => {
  it("is what it says it is, and can be drawn", async () => {
    const model = new ScriptedModel(
      [["ask_user", { question: "?" }]],
      "",
      [["add", { a: 1, b: 1 }]],
      "summary",
      "done",
    );
    const { agent, run, state } = await converse(model, {
      tools: [add],
      askUser: true,
      history: { maxMessages: 4, summarise: true },
    });
    await run.resume("yes", { waitId: state.waiting!.waitId });
    expect((await run.result()).answer).toBe("done");
    const findings = checkWorkflow(agent, { records: await run.ledger() });
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(["wait_without_timeout"]));
    expect(toMermaid(agent)).toContain("think");
  });

  it("can be forked, with another conversation", async () => {
    const model = new ScriptedModel([["add", { a: 1, b: 2 }]], "3", "It was 4.");
    const { run, runtime } = await converse(model, { tools: [add] });
    const answered = (await run.ledger()).find(({ kind }) => kind === "answered");
    const messages = [...messagesOf(await run.stateAt(answered!.seq))];
    const vars = {
      "context.messages": [...messages, { role: "user", content: "1 + 3, I meant." }],
    };
    const fork = await run.fork({ id: "fork", atSeq: answered!.seq, vars, effects: "rerun" });
    await runtime.run(fork.runId);
    expect((await fork.result()).answer).toBe("It was 4.");
    expect(said(await fork.state(), "user")).toEqual(["go", "1 + 3, I meant."]);
  });
});

describe("reactAgent", () => {
  it("is refused vars that are neither a task nor a conversation", async () => {
    const agent = reactAgent({});
    const runtime = agentWorld().runtime(agent);
    for (const vars of [{}, { task: 7 }, { messages: ["hello"] }, { messages: [] }])
      await expect(runtime.start(agent, { vars: vars as AgentInput })).rejects.toMatchObject({
        code: "schema_mismatch",
      });
  });

  const helper = reactAgent({ id: "helper" });

  it.each<[string, object]>([
    ["id must be", { id: "two words" }],
    ["maxTurns", { maxTurns: 0 }],
    ["maxRepairs", { maxRepairs: -1 }],
    ["history.maxMessages", { history: { maxMessages: 3 } }],
    ["history.keep", { history: { maxMessages: 8, keep: 9 } }],
    ["history.summarise", { history: { maxMessages: 8, summarise: {} } }],
    ["two tools have the name add", { tools: [add, add] }],
    ["two tools have the name helper", { tools: [helper, { ...add, name: "helper" }] }],
    ["two tools have the name ask_user", { askUser: true, tools: [{ ...add, name: "ask_user" }] }],
  ])("refuses what makes no sense: %s", (message, spec) => {
    expect(() => reactAgent(spec)).toThrowError(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("refuses two clients, two agents of one id and two tools of one name in one runtime", () => {
    const [one, two] = [new ScriptedModel("1"), new ScriptedModel("2")];
    const world = agentWorld();
    const named = (id: string, rest: object = {}) => reactAgent({ id, ...rest });
    expect(() => world.runtime(named("a", { llm: one }), named("b", { llm: two }))).toThrow(
      "share a client",
    );
    expect(() => world.runtime(named("a"), named("a"))).toThrow("two agents have the id a");
    expect(() =>
      world.runtime(named("a", { tools: [add] }), named("b", { tools: [{ ...add }] })),
    ).toThrow("two tools have the name add");
    expect(() =>
      world.runtime(named("a", { llm: one, tools: [add] }), named("b", { llm: one, tools: [add] })),
    ).not.toThrow();
  });
});

describe("the factories", () => {
  it("drive agents with all that they need: tools, agents as tools, and their own graphs", async () => {
    const model = new ScriptedModel(({ systemPrompt, messages }) => {
      const last = messages?.at(-1);
      if (last?.role === "tool") return last.content;
      return systemPrompt === "boss" ? [["adder", { task: "1 + 2" }]] : [["add", { a: 1, b: 2 }]];
    });
    const adder = reactAgent({ id: "adder", tools: [add] });
    const boss = reactAgent({ id: "boss", system: "boss", tools: [adder] });
    await using runtime = createLocalRuntime({ model, agents: [boss], tools: [noting().tool] });
    const run = await runtime.start(boss, { vars: { task: "go" } });
    expect((await run.result()).answer).toBe("3");
  });

  it("leave the tools to a host, who may forget one", async () => {
    await using mock = await startMock();
    const calls = [1, 2].map((a) => ({ name: "add", arguments: `{"a":${a},"b":1}`, id: `c${a}` }));
    mock.on({ hasToolResult: false }, { toolCalls: calls });
    mock.on({ hasToolResult: true }, { content: "done" });
    const agent = reactAgent({ tools: [add] });
    await using runtime = createRemoteRuntime({
      baseUrl: mock.url,
      model: "mock",
      agents: [agent],
    });
    const run = await runtime.start(agent, { vars: { task: "go" } });
    const { waiting } = await run.state();
    expect(waiting).toMatchObject({ reason: "event", details: { tool_calls: [{}, {}] } });
    const result = { call_id: "c2", name: "add", success: true, output: { sum: 3 }, error: null };
    const results = { mode: "passthrough", results: [null, result] };
    await run.resume(results, { waitId: waiting!.waitId });
    expect((await run.result()).answer).toBe("done");
    expect(said(await run.state(), "tool")).toEqual(["Error: there is no result", '{"sum":3}']);
  });

  it("refuse an agent that brings a client of its own", () => {
    const model = new ScriptedModel("hello");
    const agent = reactAgent({ llm: model });
    expect(() => createLocalRuntime({ model, agents: [agent] })).toThrow("brings its own llm");
  });
});
