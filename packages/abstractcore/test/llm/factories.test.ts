import { complete, defineWorkflow, ref, type JsonObject } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createHybridRuntime,
  createLocalRuntime,
  createRemoteRuntime,
  defineTool,
  llmCall,
  llmResult,
  MappingToolExecutor,
  toLlmTool,
  toolCalls,
} from "../../src/index.ts";
import { freshFolder } from "../crash/fresh-folder.ts";
import { startMock } from "./mock-model.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers",
  parameters: z.object({ a: z.number(), b: z.number() }),
  replay: "safe",
  execute: ({ a, b }) => a + b,
});

/** Asks, has the tools called that the model wants, and gives the results. */
const calculating = defineWorkflow({
  id: "calculating",
  entry: "ask",
  nodes: {
    ask: () =>
      llmCall({ prompt: "1 + 2", tools: [toLlmTool(add)], resultKey: "answer", next: "call" }),
    call: () => toolCalls({ calls: ref("answer.tool_calls"), resultKey: "results", next: "done" }),
    done: (run) => complete(run.vars.results as JsonObject),
  },
});

const wanted = { toolCalls: [{ name: "add", arguments: '{"a":1,"b":2}', id: "c" }] };
const executed = {
  mode: "executed",
  results: [{ call_id: "c", name: "add", success: true, output: 3, error: null }],
};

describe("factories", () => {
  it("a hybrid runtime asks a server, and calls tools itself; its runs outlive it in files", async () => {
    await using mock = await startMock();
    mock.onMessage("1 + 2", wanted);
    const folder = await freshFolder();
    const options = { baseUrl: mock.url, model: "mock", tools: [add] };
    const store = await FileStore.open(folder);
    {
      await using runtime = createHybridRuntime({ ...options, store });
      const run = await runtime.start(calculating, { id: "run" });
      expect(await run.result()).toEqual(executed);
    }
    await using again = createHybridRuntime({ ...options, store: await FileStore.open(folder) });
    expect(await again.getState("run")).toMatchObject({ status: "completed", output: executed });
  });

  it("a remote runtime hands tool calls to its host, who answers with the results", async () => {
    await using mock = await startMock();
    mock.onMessage("1 + 2", wanted);
    await using runtime = createRemoteRuntime({ baseUrl: mock.url, model: "mock" });
    const run = await runtime.start(calculating, { id: "run" });
    const { waiting } = await run.state();
    expect(waiting).toMatchObject({
      reason: "event",
      waitKey: "tool_calls:run:call",
      details: { mode: "passthrough", tool_calls: [{ id: "c", function: { name: "add" } }] },
    });
    await run.resume(executed, { waitId: waiting?.waitId ?? "" });
    expect(await run.result()).toEqual(executed);
  });

  it("a local runtime calls tools of an executor, too", async () => {
    const call = { name: "add", arguments: { a: 1, b: 2 }, call_id: "c" };
    await using runtime = createLocalRuntime({
      model: { generate: async () => llmResult({ tool_calls: [call] }) },
      toolExecutor: new MappingToolExecutor({ add: ({ a, b }: { a: number; b: number }) => a + b }),
    });
    const run = await runtime.start(calculating);
    expect(await run.result()).toEqual(executed);
  });

  it("refuse tools and an executor of tools at once", () => {
    const tools = { tools: [add], toolExecutor: new MappingToolExecutor({}) };
    const model = { generate: async () => llmResult({}) };
    expect(() => createLocalRuntime({ model, ...tools })).toThrow("give one of them");
  });
});
