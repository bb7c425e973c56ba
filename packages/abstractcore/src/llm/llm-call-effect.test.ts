import {
  complete,
  defineWorkflow,
  goto,
  RetryPolicy,
  type JsonObject,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { newWorld } from "../../../core/test/world.ts";
import { limitNotice } from "../usage/limit-notice.ts";
import { llmCallEffect } from "./llm-call-effect.ts";
import { llmCall } from "./llm-call.ts";
import type { GenerateOptions, LlmClient, LlmRequest } from "./llm-client.ts";
import { llmResult, type LlmResult } from "./llm-result.ts";

/** Asks until it was answered `times` often. */
const asking = (times: number): Workflow =>
  defineWorkflow({
    id: "asking",
    entry: "ask",
    nodes: {
      ask: (run) =>
        llmCall({
          prompt: "again",
          systemPrompt: limitNotice(run.vars),
          resultKey: "answer",
          next: "count",
        }),
      count: (run) => {
        run.vars.count = (run.vars.count ?? 0) + 1;
        return run.vars.count < times ? goto("ask") : goto("done");
      },
      done: (run) => complete(run.vars as JsonObject),
    },
  });

const answer = llmResult({
  content: "ok",
  model: "large-2026-01-31",
  usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
});
const prices = { large: { inputPerMillion: 5_000, outputPerMillion: 10_000 } };

/** A client whose calls the test answers. */
class HeldClient implements LlmClient {
  readonly calls: (PromiseWithResolvers<LlmResult> & {
    readonly request: LlmRequest;
    readonly options: GenerateOptions;
  })[] = [];
  #called = Promise.withResolvers<void>();

  generate(request: LlmRequest, options: GenerateOptions = {}): Promise<LlmResult> {
    const held = Promise.withResolvers<LlmResult>();
    options.signal?.addEventListener("abort", () => held.reject(options.signal?.reason));
    this.calls.push({ ...held, request, options });
    this.#called.resolve();
    this.#called = Promise.withResolvers();
    return held.promise;
  }

  async called(times: number): Promise<void> {
    while (this.calls.length < times) await this.#called.promise;
  }
}

describe("llm_call", () => {
  it("adds up tokens, cost and calls of a loop, and not only the last", async () => {
    const client: LlmClient = { generate: async () => answer };
    const runtime = newWorld().runtime({ effects: [llmCallEffect({ client, prices })] });
    const run = await runtime.start(asking(4));
    const { vars } = await run.state();
    expect(vars["_limits"]).toMatchObject({
      current_iteration: 4,
      used_input_tokens: 400,
      used_output_tokens: 80,
    });
    const { used_cost: cost } = vars["_limits"] as { used_cost: number };
    expect(cost).toBeCloseTo(4 * (0.5 + 0.2), 10);
  });

  it("counts a call whose answer says nothing of tokens", async () => {
    const client: LlmClient = { generate: async () => llmResult({ content: "ok" }) };
    const runtime = newWorld().runtime({ effects: [llmCallEffect({ client })] });
    const run = await runtime.start(asking(3));
    expect((await run.state()).vars["_limits"]).toMatchObject({ current_iteration: 3 });
  });

  it("tells the model what is nearly used up, and stops at an enforced budget until it is raised", async () => {
    const notices: unknown[] = [];
    const client: LlmClient = {
      generate: async ({ systemPrompt }) => {
        notices.push(systemPrompt);
        return answer;
      },
    };
    const limits = { budgetTokens: 240, enforce: true };
    const runtime = newWorld().runtime({ effects: [llmCallEffect({ client })], limits });
    const run = await runtime.start(asking(3));
    expect(await run.state()).toMatchObject({ status: "waiting", waiting: { gate: "limit" } });
    await runtime.updateLimits(run.runId, { budget_tokens: 300 });
    await runtime.run(run.runId);
    expect(await run.state()).toMatchObject({ status: "completed" });
    expect(notices).toEqual([null, null, expect.stringContaining("240 of 240 tokens")]);
  });

  it("gives each attempt the same idempotency key, and each visit its own", async () => {
    const keys: unknown[] = [];
    const client: LlmClient = {
      generate: async (_request, { idempotencyKey } = {}) => {
        keys.push(idempotencyKey);
        if (keys.length === 1) throw new Error("the network");
        return answer;
      },
    };
    const retry = { maxAttempts: 2, baseMs: 0 };
    const runtime = newWorld().runtime({ effects: [llmCallEffect({ client, retry })] });
    await runtime.start(asking(2));
    expect(keys).toHaveLength(3);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("has three attempts under 0.2.0's policy, a second and two apart", async () => {
    const world = newWorld();
    const times: number[] = [];
    const client: LlmClient = {
      generate: async () => {
        times.push(world.clock.now());
        throw new Error("the network");
      },
    };
    const policy = new RetryPolicy();
    const runtime = world.runtime({ effects: [llmCallEffect({ client })], policy });
    const run = await runtime.start(asking(1));
    for (const ms of [1_000, 2_000]) {
      await world.clock.advance(ms);
      await runtime.tick(run.runId);
    }
    expect(await run.state()).toMatchObject({ status: "failed" });
    const [first = 0] = times;
    expect(times.map((time) => time - first)).toEqual([0, 1_000, 3_000]);
  });

  it("is not given up while its stream says something", async () => {
    const world = newWorld();
    const client = new HeldClient();
    const effect = llmCallEffect({ client, timeoutMs: 100, stream: true });
    const runtime = world.runtime({ effects: [effect] });
    const started = runtime.start(asking(1));
    await client.called(1);
    const [call] = client.calls;
    for (let n = 0; n < 5; n += 1) {
      await world.clock.advance(99);
      call?.options.onDelta?.({ type: "content", text: "." });
    }
    expect(call?.options.signal?.aborted).toBe(false);
    await world.clock.advance(100);
    const run = await started;
    expect(await run.state()).toMatchObject({
      status: "failed",
      error: { details: { cause: { code: "effect_timeout" } } },
    });
  });
});

describe("an llm_call that a stop of its process interrupts", () => {
  /** A driver that stops while the model thinks; another goes on. */
  async function interrupted(replay?: "idempotent" | "never") {
    const world = newWorld();
    const client = new HeldClient();
    const effects = [llmCallEffect({ client, replay })];
    const stopped = world.runtime({ effects });
    const start = stopped.start(asking(1), { id: "run" }).catch(() => {});
    await client.called(1);
    await stopped.close();
    await start;
    const runtime = world.runtime({ effects, workflows: [asking(1)] });
    return { client, runtime };
  }

  it.each(["idempotent" as const, undefined])(
    "is asked again, with the same key (replay: %s)",
    async (replay) => {
      const { client, runtime } = await interrupted(replay);
      const driven = runtime.run("run");
      await client.called(2);
      client.calls[1]?.resolve(answer);
      expect(await driven).toMatchObject({ status: "completed" });
      const [first, second] = client.calls.map(({ options }) => options.idempotencyKey);
      expect(second).toBe(first);
    },
  );

  it("waits for a person where it was said that it must never be asked twice", async () => {
    const { client, runtime } = await interrupted("never");
    const run = await runtime.run("run");
    expect(run).toMatchObject({ status: "waiting", waiting: { gate: "unknown_outcome" } });
    const waitId = run.status === "waiting" ? (run.waiting.waitId ?? "") : "";
    await runtime.settle("run", waitId, { happened: { content: "from the log" } });
    expect(await runtime.run("run")).toMatchObject({
      status: "completed",
      vars: { answer: { content: "from the log" } },
    });
    expect(client.calls).toHaveLength(1);
  });
});
