import {
  complete,
  defineWorkflow,
  MemoryStore,
  Runtime,
  type RunState,
} from "@abstractruntime/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { createToolWorker, type ToolWorkerOptions } from "../../../src/tool-worker.ts";
import { defineTool } from "../../../src/tools/define-tool.ts";
import { RemoteToolExecutor } from "../../../src/tools/remote-tool-executor.ts";
import { toolCallsEffects } from "../../../src/tools/tool-calls-effects.ts";
import { toolCalls } from "../../../src/tools/tool-calls.ts";
import type { ToolJob } from "../../../src/tools/tool-job.ts";
import { ToolError } from "../../../src/tools/tool-error.ts";
import { resultsOf } from "../tool-world.ts";

const token = "a secret of the test's own";

const add = defineTool({
  name: "add",
  description: "Adds two numbers",
  parameters: z.object({ x: z.number(), y: z.number() }),
  replay: "safe",
  execute: ({ x, y }) => x + y,
});

const caller = defineWorkflow({
  id: "caller",
  entry: "call",
  nodes: {
    call: ({ vars }) => toolCalls({ calls: vars.calls, resultKey: "results", next: "done" }),
    done: ({ vars }) => complete(vars.results),
  },
});

async function worker(options: Partial<ToolWorkerOptions> = {}) {
  const made = createToolWorker({ store: new MemoryStore(), tools: [add], token, ...options });
  onTestFinished(() => made.close());
  return { worker: made, url: await made.listen() };
}

async function callerOf(url: string, options: object = {}) {
  const executor = await RemoteToolExecutor.open({ url, token, ...options });
  const effects = toolCallsEffects(executor);
  const runtime = new Runtime({ store: new MemoryStore(), workflows: [caller], effects });
  onTestFinished(() => runtime.close());
  return runtime;
}

/** A tool that ends when the test says so. */
function handHeld(replay: "safe" | "never" = "safe") {
  const calls: { readonly key: string; readonly end: (output: unknown) => void }[] = [];
  const tool = defineTool({
    name: "slow",
    description: "",
    replay,
    execute: (_args, { idempotencyKey: key }) =>
      new Promise((resolve, reject) => {
        const end = (output: unknown): void =>
          output instanceof Error ? reject(output) : resolve(output);
        calls.push({ key, end });
      }),
  });
  return { calls, tool };
}

const ask = (
  url: string,
  path: string,
  init: Omit<RequestInit, "headers"> & { readonly headers?: Record<string, string> } = {},
) =>
  fetch(`${url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });

const submit = (url: string, body: unknown) =>
  ask(url, "/v1/tool_jobs", { method: "POST", body: JSON.stringify(body) });

const jobIn = async (response: Promise<Response>) => (await (await response).json()) as ToolJob;

async function waitingCall(runtime: Runtime): Promise<RunState> {
  return vi.waitFor(async () => {
    const { items } = await runtime.listRuns({ waitReason: "job" });
    expect(items).toHaveLength(1);
    return items[0] as RunState;
  });
}

describe("a tool worker", () => {
  it("executes the calls of runs elsewhere", async () => {
    const { url } = await worker();
    const runtime = await callerOf(url);
    const calls = [
      { name: "add", arguments: { x: 1, y: 2 }, call_id: "1" },
      { name: "add", arguments: { x: "one" }, call_id: "2" },
      { name: "gone", arguments: {}, call_id: "3" },
    ];
    const run = await runtime.start(caller, { vars: { calls } });
    expect(resultsOf(await run.state())).toEqual([
      { call_id: "1", name: "add", success: true, output: 3, error: null },
      {
        call_id: "2",
        name: "add",
        success: false,
        output: null,
        error: expect.stringMatching("x: "),
      },
      { call_id: "3", name: "gone", success: false, output: null, error: "Tool 'gone' not found" },
    ]);
  });

  it("tells which tools it has", async () => {
    const { url } = await worker();
    const { tools } = await RemoteToolExecutor.open({ url, token, approval: { add: true } });
    expect(tools).toMatchObject([
      { name: "add", description: "Adds two numbers", replay: "idempotent", approval: true },
    ]);
    expect(tools[0]?.jsonSchema).toEqual(add.jsonSchema);
  });

  it("has a job once for each key, however often it is handed in", async () => {
    const { calls, tool } = handHeld();
    const { url } = await worker({ tools: [tool] });
    const job = { name: "slow", arguments: { a: 1, b: [2] }, idempotency_key: "key" };
    const answers = await Promise.all([submit(url, job), submit(url, job), submit(url, job)]);
    const jobs = await Promise.all(answers.map((answer) => jobIn(Promise.resolve(answer))));
    const jobId = jobs[0]?.job_id;
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(jobs.map(({ job_id }) => job_id)).size).toBe(1);
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    calls[0]?.end({ done: true });
    const seen = await jobIn(ask(url, `/v1/tool_jobs/${jobId}?wait_ms=30000`));
    expect(seen).toEqual({
      job_id: jobId,
      status: "completed",
      result: { call_id: "", name: "slow", success: true, output: { done: true }, error: null },
      waiting: null,
    });
    expect((await submit(url, { ...job, arguments: { a: 2 } })).status).toBe(409);
    expect(await jobIn(submit(url, job))).toEqual(seen);
    expect(calls).toHaveLength(1);
  });

  it("makes its caller wait for the job, and look again when its time comes or it is told", async () => {
    const { calls, tool } = handHeld();
    const { url } = await worker({ tools: [tool] });
    const runtime = await callerOf(url, { holdMs: 1, pollMs: 3_600_000 });
    const vars = { calls: [{ name: "slow", arguments: {}, call_id: "1" }] };
    const run = await runtime.start(caller, { vars });
    const waiting = await waitingCall(runtime);
    const jobId = waiting.waiting?.details?.["job_id"] as string;
    expect(waiting.waiting).toMatchObject({
      waitKey: `tool_job:${jobId}`,
      details: { status: "running", waiting: null },
      timeout: { node: "look" },
    });
    // Told too early: it looks, and waits on.
    await runtime.emitEvent(`tool_job:${jobId}`, { forged: "result" });
    await waitingCall(runtime);
    calls[0]?.end("at last");
    await vi.waitFor(async () => {
      const { result } = await jobIn(ask(url, `/v1/tool_jobs/${jobId}`));
      expect(result).not.toBeNull();
    });
    await runtime.emitEvent(`tool_job:${jobId}`);
    expect(resultsOf(await run.run())).toMatchObject([{ success: true, output: "at last" }]);
  });

  it("keeps an output that is nothing", async () => {
    const nothing = defineTool({
      name: "nothing",
      description: "",
      replay: "safe",
      execute: () => {},
    });
    const { url } = await worker({ tools: [nothing] });
    const runtime = await callerOf(url);
    const run = await runtime.start(caller, { vars: { calls: [{ name: "nothing" }] } });
    expect(resultsOf(await run.state())).toMatchObject([{ success: true, output: null }]);
  });

  it("tells the caller how the tool failed", async () => {
    const refuses = defineTool({
      name: "refuses",
      description: "",
      replay: "never",
      execute: () => {
        throw new ToolError("no such account");
      },
    });
    const { url } = await worker({ tools: [refuses] });
    const runtime = await callerOf(url);
    const vars = { calls: [{ name: "refuses", arguments: {} }] };
    const run = await runtime.start(caller, { vars });
    expect(resultsOf(await run.state())).toMatchObject([
      { success: false, error: "no such account" },
    ]);
  });

  it("shows that a job waits for a person, who settles it at the worker", async () => {
    const { calls, tool } = handHeld("never");
    const { worker: made, url } = await worker({ tools: [tool] });
    const runtime = await callerOf(url, { holdMs: 1, pollMs: 20 });
    const vars = { calls: [{ name: "slow", arguments: {} }] };
    const run = await runtime.start(caller, { vars });
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    calls[0]?.end(new Error("socket hang up"));
    const end = run.run();
    const stuck = await vi.waitFor(async () => {
      const { items } = await made.runtime.listRuns({ gate: "unknown_outcome" });
      expect(items).toHaveLength(1);
      const [waiting] = (await runtime.listRuns({ waitReason: "job" })).items;
      expect(waiting?.waiting?.details).toMatchObject({ waiting: { gate: "unknown_outcome" } });
      return items[0];
    });
    await made.runtime.settle(stuck?.runId ?? "", stuck?.waiting?.waitId ?? "", { happened: "so" });
    expect(resultsOf(await end)).toMatchObject([{ success: true, output: "so" }]);
  });

  it.each<[number, string, (url: string) => Promise<Response>]>([
    [401, "no token", (url) => fetch(`${url}/v1/tools`)],
    [
      401,
      "a wrong token",
      (url) => ask(url, "/v1/tools", { headers: { authorization: "Bearer x" } }),
    ],
    [404, "another path", (url) => ask(url, "/v1/other")],
    [404, "another method", (url) => ask(url, "/v1/tools", { method: "DELETE" })],
    [404, "an unknown job", (url) => ask(url, "/v1/tool_jobs/job-1")],
    [404, "an id that is none", (url) => ask(url, "/v1/tool_jobs/..%2f..%2fx")],
    [400, "no JSON", (url) => ask(url, "/v1/tool_jobs", { method: "POST", body: "{" })],
    [400, "a list", (url) => submit(url, [])],
    [400, "no name", (url) => submit(url, { idempotency_key: "k" })],
    [400, "no key", (url) => submit(url, { name: "add" })],
    [
      400,
      "bad arguments",
      (url) => submit(url, { name: "add", idempotency_key: "k", arguments: 1 }),
    ],
    [413, "a large body", (url) => submit(url, { name: "x".repeat(2_000), idempotency_key: "k" })],
  ])("answers %i to %s, and has no job then", async (status, _what, request) => {
    const { worker: made, url } = await worker({ maxBodyBytes: 1_000 });
    const response = await request(url);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { code: expect.any(String), message: expect.any(String) },
    });
    expect((await made.runtime.listRuns()).items).toEqual([]);
  });

  it("gives jobs under way time to end when it is closed, and takes no more", async () => {
    const { calls, tool } = handHeld();
    const store = new MemoryStore();
    const { worker: made, url } = await worker({ tools: [tool], store, closesStore: false });
    await submit(url, { name: "slow", idempotency_key: "1" });
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const closed = made.close();
    calls[0]?.end("in time");
    await closed;
    await expect(submit(url, { name: "slow", idempotency_key: "2" })).rejects.toThrow(
      "fetch failed",
    );
    const [stored] = (await store.list({})).items;
    const records = await store.records(stored?.run.runId ?? "");
    expect(records.at(-1)).toMatchObject({ kind: "completed", result: "in time" });
  });

  it("leaves what does not end in time to its next start", async () => {
    const { calls, tool } = handHeld();
    const store = new MemoryStore();
    const { worker: first, url } = await worker({ tools: [tool], store, closesStore: false });
    const job = { name: "slow", idempotency_key: "1" };
    const { job_id: id } = await jobIn(submit(url, job));
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    await first.close({ drainMs: 1 });
    const { url: second } = await worker({ tools: [tool], store });
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    expect(calls[1]?.key).toBe(calls[0]?.key);
    calls[1]?.end("after all");
    const seen = await jobIn(ask(second, `/v1/tool_jobs/${id}?wait_ms=30000`));
    expect(seen.result).toMatchObject({ success: true, output: "after all" });
  });

  it.each<[string, object]>([
    ["token", { token: "short" }],
    ["concurrency", { concurrency: 0 }],
  ])("refuses a bad %s", (what, bad) => {
    const options = { store: new MemoryStore(), tools: [add], token, ...bad };
    expect(() => createToolWorker(options)).toThrowError(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(what) }),
    );
  });
});

describe("a caller whose worker is away", () => {
  it("says so when it asks for the tools", async () => {
    await expect(
      RemoteToolExecutor.open({ url: "http://127.0.0.1:1", token }),
    ).rejects.toMatchObject({ code: "tool_unreachable" });
  });

  it("is refused a token that no header takes, and the error does not show it", () => {
    const bad = { url: "http://a.example", token: "a secret of many words\n" };
    const make = (): unknown => new RemoteToolExecutor(bad, []);
    expect(make).toThrowError(expect.objectContaining({ code: "invalid_argument" }));
    expect(make).toThrowError(
      expect.not.objectContaining({ message: expect.stringMatching("many") }),
    );
  });

  it("is told when what answers is no worker", async () => {
    const fetch = async () => new Response("<html>It works!</html>");
    await expect(
      RemoteToolExecutor.open({ url: "http://a.example", token, fetch }),
    ).rejects.toMatchObject({
      code: "tool_unreachable",
      message: expect.stringMatching("no JSON"),
    });
  });

  it("fails the call when the worker refuses it", async () => {
    const { url } = await worker();
    const tools = [{ name: "add", description: "", parameters: {} }];
    const executor = new RemoteToolExecutor({ url, token: "not the worker's token" }, tools);
    const effects = toolCallsEffects(executor);
    await using runtime = new Runtime({ store: new MemoryStore(), workflows: [caller], effects });
    const run = await runtime.start(caller, { vars: { calls: [{ name: "add" }] } });
    const [result] = resultsOf(await run.state());
    expect(result).toMatchObject({ success: false, error: expect.stringMatching("refused") });
  });
});
