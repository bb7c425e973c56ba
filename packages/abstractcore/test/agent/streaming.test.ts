import { MemoryStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { createHybridRuntime, isLlmProgress, reactAgent } from "../../src/index.ts";
import { startMock } from "../llm/mock-model.ts";
import { add, said } from "./agent-world.ts";

describe("an agent on a server that streams", () => {
  it("tells watchers what the model says and calls, as it comes", async () => {
    await using mock = await startMock();
    const call = { name: "add", arguments: '{"a":1,"b":2}', id: "c1" };
    const content = "One and two are three, as everybody knows.";
    mock.on({ hasToolResult: false }, { toolCalls: [call] }, { chunkSize: 4 });
    mock.on({ hasToolResult: true }, { content }, { chunkSize: 8 });
    const agent = reactAgent({ tools: [add], params: { stream: true } });
    await using runtime = createHybridRuntime({
      baseUrl: mock.url,
      model: "mock",
      store: new MemoryStore(),
      agents: [agent],
    });
    const run = await runtime.start(agent, { vars: { task: "1 + 2?" }, drive: false });
    const driving = runtime.run(run.runId);
    const deltas = { content: "", calls: "" };
    for await (const event of run.watch()) {
      if (event.type !== "progress" || !isLlmProgress(event.data)) continue;
      const { delta } = event.data;
      if (delta.type === "content") deltas.content += delta.text;
      if (delta.type === "tool_call") deltas.calls += delta.arguments ?? "";
    }
    await driving;
    expect(deltas).toEqual({ content, calls: call.arguments });
    expect((await run.result()).answer).toBe(content);
    expect(said(await run.state(), "tool")).toEqual(["3"]);
  });
});
