import { RetryPolicy, waitFor } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/tools/define-tool.ts";
import { MappingToolExecutor } from "../../src/tools/mapping-tool-executor.ts";
import { PassthroughToolExecutor } from "../../src/tools/passthrough-tool-executor.ts";
import { ToolError } from "../../src/tools/tool-error.ts";
import { resultsOf, toolWorld } from "./tool-world.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers",
  parameters: z.object({ x: z.number(), y: z.number().default(1) }),
  replay: "safe",
  execute: ({ x, y }) => x + y,
});

const mapping = new MappingToolExecutor({
  echo: (args) => args,
  fail: () => {
    throw new Error("tool broke");
  },
});

const wire = (name: string, args: unknown, id = `call-${name}`) => ({
  id,
  type: "function",
  function: { name, arguments: args },
});

const ok = (call_id: string, name: string, output: unknown) => ({
  call_id,
  name,
  success: true,
  output,
  error: null,
});

const bad = (call_id: string, name: string, error: unknown) => ({
  call_id,
  name,
  success: false,
  output: null,
  error,
});

describe("a batch of tool calls", () => {
  it("gives results in order of the calls, which may be of either form", async () => {
    const world = toolWorld([add, ...mapping.tools]);
    const run = await world.calling([
      { name: "add", arguments: { x: 1, y: 2 }, call_id: 7 },
      wire("add", '{"x": 2}'),
      { name: "echo", arguments: { a: ["b"] } },
    ]);
    expect(run.output).toEqual({
      mode: "executed",
      results: [ok("7", "add", 3), ok("call-add", "add", 3), ok("", "echo", { a: ["b"] })],
    });
  });

  it("fails a call that can't be made alone, and not its neighbours", async () => {
    const world = toolWorld([add, ...mapping.tools]);
    const run = await world.calling([
      wire("add", "{not json", "1"),
      wire("add", '{"x": "one"}', "2"),
      wire("add", '{"x": 1}', "3"),
      wire("gone", "{}", "4"),
      wire("fail", "{}", "5"),
      "nonsense",
      { name: "add", arguments: [1], call_id: "7" },
    ]);
    expect(resultsOf(run)).toEqual([
      bad("1", "add", "arguments are not valid JSON"),
      bad("2", "add", expect.stringContaining("x: ")),
      ok("3", "add", 2),
      bad("4", "gone", "Tool 'gone' not found"),
      bad("5", "fail", "tool broke"),
      bad("", "", "the tool call is no object"),
      bad("7", "add", "arguments must be a JSON object"),
    ]);
  });

  it("has a record of its own for each call, in a run that can be found", async () => {
    const world = toolWorld([add]);
    await world.calling([wire("add", '{"x": 1}'), wire("add", '{"x": 2}')]);
    const runs = await world.callRuns();
    expect(runs.map(({ workflowId, sessionId }) => [workflowId, sessionId])).toEqual([
      ["tool_call", "session"],
      ["tool_call", "session"],
    ]);
    const [first] = runs;
    const records = await world.store.records(first?.runId ?? "");
    expect(records.map(({ kind }) => kind)).toEqual(["created", "begun", "completed", "ended"]);
  });

  it("is refused when it is no list, once and for good", async () => {
    const world = toolWorld([add], { policy: new RetryPolicy() });
    const { error } = await world.calling("add");
    expect(error?.message).toBe(
      "Effect failed after 1 attempts: tool_calls requires payload.tool_calls (list)",
    );
    expect(error?.details?.["cause"]).toMatchObject({ code: "invalid_argument" });
  });

  it("fails at once where nobody executes tools, however often it might be tried", async () => {
    const world = toolWorld(undefined, { policy: new RetryPolicy() });
    const { error } = await world.calling([{ name: "add" }]);
    expect(error?.message).toMatch(/^Effect failed after 1 attempts: TOOL_CALLS requires/);
  });

  it("makes at most so many calls at the same time", async () => {
    let active = 0;
    let most = 0;
    const slow = defineTool({
      name: "slow",
      description: "",
      replay: "safe",
      execute: async () => {
        active += 1;
        most = Math.max(most, active);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
      },
    });
    const world = toolWorld([slow], { maxConcurrency: 2 });
    const run = await world.calling(Array.from({ length: 7 }, () => ({ name: "slow" })));
    expect(resultsOf(run)).toHaveLength(7);
    expect(most).toBe(2);
  });

  it("tells a call that somebody cancelled from one that ended", async () => {
    const asks = defineTool({
      name: "asks",
      description: "",
      replay: "safe",
      execute: () => waitFor({ reason: "user", prompt: "Which one?" }),
    });
    const world = toolWorld([asks, add]);
    await world.calling([{ name: "asks", call_id: "1" }, wire("add", '{"x": 1}', "2")]);
    const [asking] = await world.callRuns();
    await world.runtime.cancelRun(asking?.runId ?? "", "not now");
    const run = await world.runtime.run("run");
    expect(resultsOf(run)).toEqual([bad("1", "asks", "cancelled: not now"), ok("2", "add", 2)]);
  });
});

describe("a tool", () => {
  it("may wait, and what it is answered is its output", async () => {
    const asks = defineTool({
      name: "asks",
      description: "",
      replay: "safe",
      execute: (_args, { waitId }) => waitFor({ reason: "job", details: { callback: waitId } }),
    });
    const world = toolWorld([asks]);
    await world.calling([{ name: "asks", call_id: "1" }]);
    const [asking] = await world.callRuns();
    const { waitId } = asking?.waiting ?? {};
    expect(asking?.waiting?.details).toEqual({ callback: waitId });
    await world.runtime.resume(asking?.runId ?? "", { found: 3 }, { waitId });
    const run = await world.runtime.getState("run");
    expect(resultsOf(run)).toEqual([ok("1", "asks", { found: 3 })]);
  });

  it("has failed when nobody answers in time", async () => {
    const asks = defineTool({
      name: "asks",
      description: "",
      replay: "safe",
      execute: () => waitFor({ timeoutMs: 1_000 }),
    });
    const world = toolWorld([asks]);
    await world.calling([{ name: "asks", call_id: "1" }]);
    const end = world.runtime.run("run");
    await world.clock.runUntilIdle();
    expect(resultsOf(await end)).toEqual([bad("1", "asks", "nobody answered in time")]);
  });

  it("is tried again as often as it says, under one key, and then has failed", async () => {
    const keys: string[] = [];
    const flaky = defineTool({
      name: "flaky",
      description: "",
      replay: "idempotent",
      retry: { maxAttempts: 3, baseMs: 10 },
      execute: (_args, { idempotencyKey, attempt }) => {
        keys.push(idempotencyKey);
        throw new Error(`attempt ${attempt}`);
      },
    });
    const world = toolWorld([flaky]);
    const started = world.calling([{ name: "flaky", call_id: "1" }]);
    await world.clock.runUntilIdle();
    await started;
    const end = world.runtime.run("run");
    await world.clock.runUntilIdle();
    expect(resultsOf(await end)).toEqual([bad("1", "flaky", "attempt 3")]);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
  });

  it("is not tried again when it answers that it can't", async () => {
    let calls = 0;
    const refuses = defineTool({
      name: "refuses",
      description: "",
      replay: "never",
      retry: { maxAttempts: 3 },
      execute: () => {
        calls += 1;
        throw new ToolError("no such account");
      },
    });
    const world = toolWorld([refuses]);
    const run = await world.calling([{ name: "refuses", call_id: "1" }]);
    expect(resultsOf(run)).toEqual([bad("1", "refuses", "no such account")]);
    expect(calls).toBe(1);
  });

  it.each<["safe" | "never", unknown]>([
    ["safe", bad("1", "slow", expect.stringMatching("1000"))],
    ["never", "unknown_outcome"],
  ])("that is %s and takes too long is told to stop", async (replay, end) => {
    const signals: AbortSignal[] = [];
    const slow = defineTool({
      name: "slow",
      description: "",
      replay,
      timeoutMs: 1_000,
      execute: (_args, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const world = toolWorld([slow]);
    const started = world.calling([{ name: "slow", call_id: "1" }]);
    await world.clock.advance(1_000);
    await started;
    const [call] = await world.callRuns();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(call?.output ?? call?.waiting?.gate).toEqual(end);
  });

  it("that must never run twice stops at a person when nobody knows how it ended", async () => {
    const charges = defineTool({
      name: "charge",
      description: "",
      replay: "never",
      execute: () => {
        throw new Error("socket hang up");
      },
    });
    const world = toolWorld([charges, add]);
    await world.calling([{ name: "charge", call_id: "1" }, wire("add", '{"x": 1}', "2")]);
    const [charging, adding] = await world.callRuns();
    expect(charging?.waiting?.gate).toBe("unknown_outcome");
    expect(adding?.status).toBe("completed");
    await world.runtime.settle(charging?.runId ?? "", charging?.waiting?.waitId ?? "", {
      happened: { receipt: "r-1" },
    });
    const run = await world.runtime.getState("run");
    expect(resultsOf(run)).toEqual([ok("1", "charge", { receipt: "r-1" }), ok("2", "add", 2)]);
  });

  it("has failed when a person gives its unknown outcome up", async () => {
    const charges = defineTool({
      name: "charge",
      description: "",
      replay: "never",
      execute: () => {
        throw new Error("socket hang up");
      },
    });
    const world = toolWorld([charges]);
    await world.calling([{ name: "charge", call_id: "1" }]);
    const [charging] = await world.callRuns();
    await world.runtime.settle(charging?.runId ?? "", charging?.waiting?.waitId ?? "", "give_up");
    const run = await world.runtime.getState("run");
    expect(resultsOf(run)).toEqual([bad("1", "charge", expect.stringMatching(/^given up: /))]);
  });

  it("has failed alone when what it returned can't be kept, though it ran", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const odd = new MappingToolExecutor({ odd: () => cyclic, when: () => new Date(0) });
    const world = toolWorld(odd);
    const run = await world.calling([{ name: "odd" }, { name: "when" }]);
    expect(resultsOf(run)).toEqual([
      bad("", "odd", "the tool ran, but output.self is a cycle"),
      ok("", "when", "1970-01-01T00:00:00.000Z"),
    ]);
  });

  it("gets arguments as its schema parses them, and what calls it", async () => {
    const seen: unknown[] = [];
    const book = defineTool({
      name: "book",
      description: "",
      parameters: z.object({ day: z.string().transform((text) => new Date(text)) }),
      replay: "safe",
      execute: ({ day }, { runId, parentRunId, attempt, workflowId }) => {
        seen.push(day, parentRunId, attempt, workflowId, runId !== "run");
      },
    });
    await toolWorld([book]).calling([{ name: "book", arguments: { day: "2026-03-01" } }]);
    expect(seen).toEqual([new Date("2026-03-01"), "run", 1, "tool_call", true]);
  });
});

describe("a batch that is handed to the host", () => {
  it("waits for the host under its key, and goes on with what the host says", async () => {
    const world = toolWorld(new PassthroughToolExecutor());
    const calls = [{ name: "add", arguments: { x: 1 } }];
    const run = await world.calling(calls);
    expect(run.waiting).toMatchObject({
      reason: "event",
      waitKey: "tool_calls:run:call",
      details: { mode: "passthrough", tool_calls: calls },
    });
    const results = { mode: "executed", results: [ok("", "add", 2)] };
    const waitKey = "tool_calls:run:call";
    const end = await world.runtime.resume("run", results, { waitKey });
    expect(end.output).toEqual(results);
  });

  it("waits under the key that the payload names", async () => {
    const world = toolWorld(new PassthroughToolExecutor("host"));
    const run = await world.calling([], { wait_key: "mine" });
    expect(run.waiting).toMatchObject({ waitKey: "mine", details: { mode: "host" } });
  });
});
