import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complete, defineWorkflow, MemoryStore, Runtime } from "@abstractruntime/core";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { McpToolExecutor, type McpOptions } from "../../../src/mcp/mcp-tool-executor.ts";
import { toolCallsEffects } from "../../../src/tools/tool-calls-effects.ts";
import { toolCalls } from "../../../src/tools/tool-calls.ts";
import type { ToolResults } from "../../../src/tools/tool-executor.ts";
import { freshFolder } from "../../crash/fresh-folder.ts";
import { freePort, httpServer, stdioServer } from "./servers.ts";

const caller = defineWorkflow({
  id: "caller",
  entry: "call",
  nodes: {
    call: ({ vars }) => toolCalls({ calls: vars.calls, resultKey: "results", next: "done" }),
    done: ({ vars }) => complete(vars.results),
  },
});

async function opened(options: McpOptions) {
  const executor = await McpToolExecutor.open(options);
  onTestFinished(() => executor.close());
  const effects = toolCallsEffects(executor);
  const runtime = new Runtime({ store: new MemoryStore(), workflows: [caller], effects });
  onTestFinished(() => runtime.close());
  const call = async (name: string, args: object) => {
    const calls = [{ name, arguments: args, call_id: "1" }];
    const run = await runtime.start(caller, { vars: { calls } });
    const output = (await run.result()) as ToolResults;
    return output.results[0];
  };
  return { executor, runtime, call };
}

describe("tools of a server on standard input and output", () => {
  it("are listed with their schemas, and with contracts from the server's hints", async () => {
    const folder = await freshFolder();
    const { executor } = await opened({ server: stdioServer("filesystem", folder), prefix: "fs_" });
    const contracts = Object.fromEntries(executor.tools.map(({ name, replay }) => [name, replay]));
    expect(contracts).toMatchObject({
      fs_read_text_file: "safe",
      fs_write_file: "idempotent",
      fs_edit_file: "never",
    });
    const read = executor.tools.find(({ name }) => name === "fs_read_text_file");
    expect(read?.jsonSchema).toMatchObject({ properties: { path: { type: "string" } } });
  });

  it("work on real files, and say no in words", async () => {
    const folder = await freshFolder();
    const { call } = await opened({ server: stdioServer("filesystem", folder) });
    const path = join(folder, "note.txt");
    expect(await call("write_file", { path, content: "hello" })).toMatchObject({ success: true });
    expect(await readFile(path, "utf8")).toBe("hello");
    await writeFile(path, "changed");
    const read = await call("read_text_file", { path });
    expect(read).toMatchObject({ success: true, output: { content: "changed" } });
    const outside = await call("read_text_file", { path: "/etc/hostname" });
    expect(outside).toMatchObject({ success: false, error: expect.stringMatching(/denied/i) });
    const unasked = await call("read_text_file", { wrong: 1 });
    expect(unasked).toMatchObject({ success: false, error: expect.stringContaining("path") });
  });

  it("keep data as data: text, structured content, blocks", async () => {
    const { call } = await opened({ server: stdioServer("everything") });
    expect(await call("echo", { message: "hi" })).toMatchObject({ output: "Echo: hi" });
    expect(await call("get-structured-content", { location: "New York" })).toMatchObject({
      output: { temperature: expect.any(Number), conditions: expect.any(String) },
    });
    const { output } = (await call("get-tiny-image", {})) ?? {};
    expect(output).toContainEqual(
      expect.objectContaining({ type: "image", mimeType: "image/png" }),
    );
  });

  it("tell how far they are", async () => {
    const { runtime, executor } = await opened({ server: stdioServer("everything") });
    const tool = executor.tools.find(({ name }) => name === "trigger-long-running-operation");
    const news: unknown[] = [];
    let beats = 0;
    const context = {
      signal: new AbortController().signal,
      idempotencyKey: "k",
      heartbeat: () => (beats += 1),
      progress: (data: unknown) => news.push(data),
    };
    await tool?.execute({ duration: 0.2, steps: 2 }, context as never);
    expect(news).toContainEqual({ mcp: { progress: 1, total: 2 } });
    expect(beats).toBe(news.length);
    await runtime.close();
  });

  it("are called again after their server died", async () => {
    const transports: StdioClientTransport[] = [];
    const server = () => {
      const transport = new StdioClientTransport({
        ...stdioServer("everything"),
        stderr: "ignore",
      });
      transports.push(transport);
      return transport;
    };
    const { call } = await opened({ server });
    expect(await call("echo", { message: "one" })).toMatchObject({ success: true });
    process.kill(transports[0]?.pid ?? 0, "SIGKILL");
    await vi.waitFor(() => expect(transports[0]?.pid).toBeNull());
    expect(await call("echo", { message: "two" })).toMatchObject({ output: "Echo: two" });
    expect(transports).toHaveLength(2);
  });

  it("that must never run twice stop at a person when their server dies in the middle", async () => {
    const transports: StdioClientTransport[] = [];
    const server = () => {
      const transport = new StdioClientTransport({
        ...stdioServer("everything"),
        stderr: "ignore",
      });
      transports.push(transport);
      return transport;
    };
    const { runtime } = await opened({ server, replay: "never" });
    const name = "trigger-long-running-operation";
    const calls = [{ name, arguments: { duration: 600, steps: 600 } }];
    const started = runtime.start(caller, { id: "run", vars: { calls } });
    await vi.waitFor(async () => {
      const { items } = await runtime.listRuns({ parentRunId: "run" });
      expect(items[0]?.pending?.phase).toBe("begun");
    });
    process.kill(transports[0]?.pid ?? 0, "SIGKILL");
    await started;
    const { items } = await runtime.listRuns({ gate: "unknown_outcome" });
    expect(items).toMatchObject([
      { parentRunId: "run", pending: { effect: { type: `tool:${name}` } } },
    ]);
  });

  it("are chosen by name, each with its own contract and approval", async () => {
    const { executor } = await opened({
      server: stdioServer("everything"),
      tools: ["echo", "get-sum"],
      replay: { echo: "never" },
      approval: { "get-sum": true },
    });
    const told = new Map(executor.tools.map((tool) => [tool.name, tool]));
    expect([...told.keys()].toSorted()).toEqual(["echo", "get-sum"]);
    expect(told.get("echo")).toMatchObject({ replay: "never", approval: false });
    expect(told.get("get-sum")).toMatchObject({ replay: "safe", approval: true });
  });

  it("fail to open with a header that can't be sent, and the error does not show it", async () => {
    const headers = { authorization: "Bearer secret\r\nx: y" };
    const opening = McpToolExecutor.open({ server: { url: "http://127.0.0.1:1/mcp", headers } });
    await expect(opening).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.not.stringContaining("secret"),
    });
  });

  it("fail to open when there is no such server", async () => {
    const server = { command: "/nowhere/server" };
    await expect(McpToolExecutor.open({ server })).rejects.toThrow(/ENOENT/);
  });
});

describe("tools of a server on Streamable HTTP", () => {
  it("are called over a socket, also after their server was started anew", async () => {
    const port = await freePort();
    const server = await httpServer(port);
    const url = `http://127.0.0.1:${port}/mcp`;
    const { call } = await opened({ server: { url }, replay: "safe" });
    expect(await call("echo", { message: "one" })).toMatchObject({ output: "Echo: one" });
    await server.kill();
    expect(await call("echo", { message: "two" })).toMatchObject({ success: false });
    await httpServer(port);
    const words = ["three", "four", "five"];
    const again = await Promise.all(words.map((message) => call("echo", { message })));
    expect(again).toMatchObject(words.map((message) => ({ output: `Echo: ${message}` })));
  });
});
