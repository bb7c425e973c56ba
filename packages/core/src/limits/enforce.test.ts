import { describe, expect, it } from "vitest";
import { limitsOf, loop, modelOf, startLoop } from "../../test/spending.ts";
import { codeOf, handHeld, newWorld, type World } from "../../test/world.ts";
import {
  askUser,
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  type JsonObject,
  type LimitUpdates,
  type Runtime,
  type RunState,
} from "../index.ts";

const tokens = { inputTokens: 100, outputTokens: 10, cost: 0.1 };

/** Three calls are planned; the budget is enough for two. */
async function stopped(world: World, calls = { n: 0 }) {
  const limits = { budgetCost: 0.2, enforce: true };
  return startLoop(world, { effects: [modelOf(tokens, calls)], limits }, 3);
}

const waitIdOf = (run: RunState): string => run.waiting?.waitId ?? "none";

describe("a limit", () => {
  it("only warns by default", async () => {
    const world = newWorld();
    const limits = { budgetCost: 0.1, maxIterations: 1 };
    const { run } = await startLoop(world, { effects: [modelOf(tokens)], limits }, 3);
    expect(run.status).toBe("completed");
    expect(limitsOf(run)).toMatchObject({ used_cost: 0.3, current_iteration: 3 });
  });

  it("stops the run before its next effect, which stays ready, and says what is used up", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const { run, runId } = await stopped(world, calls);
    expect(calls.n).toBe(2);
    expect(run).toMatchObject({
      status: "waiting",
      pending: { phase: "ready", attempt: 1, startedAt: null },
      waiting: {
        reason: "user",
        gate: "limit",
        prompt: expect.stringContaining("budget_cost: 0.2 of 0.2 used"),
        details: {
          gate: "limit",
          exhausted: [{ limit: "budget_cost", used: 0.2, maximum: 0.2 }],
        },
      },
    });
    const last = (await world.store.records(runId)).slice(-3);
    expect(last.map(({ kind }) => kind)).toEqual(["completed", "ready", "gated"]);
    expect(new Set(last.map(({ revision }) => revision)).size).toBe(1);
  });

  it.each<[string, JsonObject, number]>([
    ["max_iterations", { max_iterations: 2 }, 2],
    ["budget_tokens", { budget_tokens: 111 }, 2],
    ["budget_input_tokens", { budget_input_tokens: 100 }, 1],
    ["budget_output_tokens", { budget_output_tokens: 30 }, 3],
    ["budget_cost", { budget_cost: 0.35 }, 4],
    ["budget_effects", { budget_effects: 3 }, 3],
    ["budget_tokens", { budget_tokens: 0 }, 0],
  ])("stops by %s", async (limit, limits, allowed) => {
    const world = newWorld();
    const calls = { n: 0 };
    const runtime = world.runtime({ effects: [modelOf(tokens, calls)] });
    const vars = { done: 0, times: 5, _limits: { max_iterations: -1, enforce: true, ...limits } };
    const { runId } = await runtime.start(loop, { vars });
    const run = await world.state(runId);
    expect(run.waiting?.details).toMatchObject({ exhausted: [{ limit }] });
    expect(calls.n).toBe(allowed);
  });

  it("stops by the time that attempts took, and by no other", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model" });
    const limits = { budgetActiveMs: 100, enforce: true };
    const started = startLoop(world, { effects: [model], limits }, 5);
    for (const ms of [60, 40]) {
      await world.clock.advance(ms);
      model.calls.at(-1)?.resolve(null);
      await world.settle();
    }
    const { run, runId } = await started;
    await world.clock.advance(86_400_000);
    expect(run.waiting?.gate).toBe("limit");
    expect(limitsOf(await world.state(runId))).toMatchObject({ used_active_ms: 100 });
  });

  it("begins a never effect only once it may", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const model = { ...modelOf(tokens, calls), replay: "never" } as const;
    const limits = { budgetCost: 0.1, enforce: true };
    const { run, runId, runtime } = await startLoop(world, { effects: [model], limits }, 2);
    expect(run).toMatchObject({ pending: { phase: "ready" }, waiting: { gate: "limit" } });
    await runtime.updateLimits(runId, { budget_cost: 1 });
    expect((await world.state(runId)).status).toBe("completed");
    expect(calls.n).toBe(2);
  });

  it("stops before another attempt, which is not lost", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const model = defineEffect({
      type: "model",
      replay: "safe",
      retry: { maxAttempts: 2, baseMs: 10 },
      perform: (_payload, context) => {
        calls.n += 1;
        context.usage({ cost: 1 });
        if (calls.n === 1) throw new EffectError("overloaded");
        return null;
      },
    });
    const limits = { budgetCost: 1, enforce: true };
    const { runtime, runId } = await startLoop(world, { effects: [model], limits }, 1);
    await world.clock.advance(10);
    const run = await runtime.tick(runId);
    expect(run).toMatchObject({ pending: { attempt: 2, failures: 1 }, waiting: { gate: "limit" } });
    await runtime.updateLimits(runId, { budget_cost: 5 });
    expect((await world.state(runId)).status).toBe("completed");
    expect(calls.n).toBe(2);
  });

  it("stops before an attempt that a crash interrupted is repeated", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model" });
    const runtime = world.runtime({ effects: [model] });
    const vars = { done: 0, times: 1, _limits: { budget_cost: 1, enforce: true } };
    void runtime.start(loop, { id: "run", vars });
    await world.settle();
    model.calls[0]?.context.usage({ cost: 2 });
    await runtime.close();
    const calls = { n: 0 };
    const other = world.runtime({ effects: [modelOf(tokens, calls)], workflows: [loop] });
    const run = await other.tick("run");
    expect(run).toMatchObject({
      pending: { phase: "ready", attempt: 2 },
      waiting: { gate: "limit" },
    });
    expect(calls.n).toBe(0);
    await other.updateLimits("run", { budget_cost: 5 });
    expect((await world.state("run")).status).toBe("completed");
    expect(await world.kinds("run")).toEqual(
      ["created", "begun", "late", "interrupted", "gated", "limits", "settled", "begun"].concat([
        "completed",
        "ended",
      ]),
    );
  });

  it("lets pass what spends nothing, waits, and the end", async () => {
    const world = newWorld();
    const saved: unknown[] = [];
    const save = defineEffect({
      type: "save",
      replay: "idempotent",
      spends: false,
      perform: (payload) => void saved.push(payload),
    });
    const workflow = defineWorkflow({
      id: "saves",
      entry: "think",
      nodes: {
        think: () => ({ effect: { type: "model" }, nextNode: "ask" }),
        ask: () => askUser({ prompt: "save?", next: "save" }),
        save: () => save({ what: "all" }, { next: "end" }),
        end: () => complete("saved"),
      },
    });
    const limits = { maxIterations: 1, budgetEffects: 1, enforce: true };
    const runtime = world.runtime({ effects: [modelOf(tokens), save], limits });
    const { runId } = await runtime.start(workflow);
    const asking = await world.state(runId);
    expect(asking.waiting).toMatchObject({ gate: null, prompt: "save?" });
    await runtime.resume(runId, "yes", { waitId: waitIdOf(asking) });
    expect(await world.state(runId)).toMatchObject({ status: "completed", output: "saved" });
    expect(saved).toEqual([{ what: "all" }]);
  });

  it("holds what a handler sets it to from its own next effect on", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const workflow = defineWorkflow({
      id: "careful",
      entry: "first",
      nodes: {
        first: (run) => {
          run.vars["_limits"].enforce = true;
          run.vars["_limits"].budget_cost = 0;
          return { effect: { type: "model" }, nextNode: "end" };
        },
        end: () => complete(null),
      },
    });
    const runtime = world.runtime({ effects: [modelOf(tokens, calls)] });
    const { runId } = await runtime.start(workflow);
    expect(await world.state(runId)).toMatchObject({ waiting: { gate: "limit" } });
    expect(calls.n).toBe(0);
  });
});

describe("a run that waits before a limit", () => {
  it("goes on by itself once nothing is used up any more, and says who raised it", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const { runtime, runId } = await stopped(world, calls);
    await runtime.updateLimits(runId, { budget_cost: 1 }, { by: "ann" });
    expect(await world.state(runId)).toMatchObject({ status: "completed", output: 3 });
    expect(calls.n).toBe(3);
    const records = await world.store.records(runId);
    const [limits, settled] = records.filter(({ kind }) => kind === "limits" || kind === "settled");
    expect(limits).toMatchObject({ by: "ann", messageId: expect.any(String) });
    expect(settled).toMatchObject({ by: "ann", messageId: null, verdict: "not_happened" });
  });

  it.each<[string, LimitUpdates, boolean]>([
    ["raised too little", { budget_cost: 0.15 }, false],
    ["raised in another place", { budget_tokens: 10_000 }, false],
    ["taken away", { budget_cost: null }, true],
    ["not enforced any more", { enforce: false }, true],
    ["said to be less used", { used_cost: 0 }, true],
  ])("goes on or not when its limit is %s", async (_what, updates, goesOn) => {
    const world = newWorld();
    const { runtime, runId } = await stopped(world);
    await runtime.updateLimits(runId, updates);
    expect((await world.state(runId)).status).toBe(goesOn ? "completed" : "waiting");
  });

  it("is due, and left to others, with drive: false", async () => {
    const world = newWorld();
    const { runtime, runId } = await stopped(world);
    await runtime.updateLimits(runId, { budget_cost: 1 }, { drive: false });
    const stored = await world.store.load(runId);
    expect(stored?.run).toMatchObject({ status: "running", pending: { phase: "ready" } });
    expect(stored?.head.wakeAt).not.toBeNull();
    expect((await runtime.tick(runId)).status).toBe("completed");
  });

  it("is found by its gate", async () => {
    const world = newWorld();
    const { runtime, runId } = await stopped(world);
    const { items } = await runtime.listRuns({ gate: "limit" });
    expect(items.map((run) => run.runId)).toEqual([runId]);
  });

  it("fails by the limit when it is given up", async () => {
    const world = newWorld();
    const { runtime, run, runId } = await stopped(world);
    await runtime.settle(runId, waitIdOf(run), "give_up");
    expect(await world.state(runId)).toMatchObject({
      status: "failed",
      error: {
        code: "limit_exceeded",
        message: "given up: Limit reached: budget_cost: 0.2 of 0.2 used",
        details: { exhausted: [{ limit: "budget_cost", used: 0.2, maximum: 0.2 }] },
      },
    });
  });

  it("goes to the node that handles errors when it is given up", async () => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "handles",
      entry: "call",
      nodes: {
        call: () => ({
          effect: { type: "model", resultKey: "said" },
          nextNode: "end",
          onErrorNode: "without",
        }),
        end: () => complete(null),
        without: (run) => complete(run.vars.said.error.code),
      },
    });
    const limits = { budgetCost: 0, enforce: true };
    const runtime = world.runtime({ effects: [modelOf(tokens)], limits });
    const { runId } = await runtime.start(workflow);
    await runtime.settle(runId, waitIdOf(await world.state(runId)), "give_up");
    expect(await world.state(runId)).toMatchObject({ output: "limit_exceeded" });
  });

  it("takes a result from elsewhere, without an attempt", async () => {
    const world = newWorld();
    const calls = { n: 0 };
    const { runtime, run, runId } = await stopped(world, calls);
    await runtime.settle(runId, waitIdOf(run), { happened: "from the cache" });
    expect(await world.state(runId)).toMatchObject({ status: "completed" });
    expect(calls.n).toBe(2);
  });

  it("is not let through without raising the limit", async () => {
    const world = newWorld();
    const { runtime, run, runId } = await stopped(world);
    const settled = runtime.settle(runId, waitIdOf(run), "not_happened");
    expect(await codeOf(settled)).toBe("limit_exceeded");
    expect(await world.state(runId)).toEqual(run);
    const sent = { messageId: "m", by: null, sentAt: run.updatedAt };
    const settle = { waitId: waitIdOf(run), verdict: "not_happened", result: null } as const;
    await world.store.deliver(runId, { kind: "settle", ...sent, ...settle });
    await runtime.tick(runId);
    const last = (await world.store.records(runId)).at(-1);
    expect(last).toMatchObject({ kind: "refused", reason: { code: "limit_exceeded" } });
    expect((await world.state(runId)).waiting).toEqual(run.waiting);
  });

  it("can be cancelled, and paused while its limit is raised", async () => {
    const world = newWorld();
    const { runtime, runId } = await stopped(world);
    await runtime.pauseRun(runId);
    await runtime.updateLimits(runId, { budget_cost: 1 });
    expect(await world.state(runId)).toMatchObject({ status: "running", paused: true });
    await runtime.unpauseRun(runId);
    expect((await world.state(runId)).status).toBe("completed");
    const other = await stopped(world);
    await other.runtime.cancelRun(other.runId);
    expect((await world.state(other.runId)).status).toBe("cancelled");
  });

  it("hears of a raise that came while its last effect was at work", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model" });
    const runtime = world.runtime({ effects: [model] });
    const vars = { done: 0, times: 2, _limits: { budget_cost: 1, enforce: true } };
    const started = runtime.start(loop, { id: "run", vars });
    await world.settle();
    model.calls[0]?.context.usage({ cost: 1 });
    await world.runtime({ workflows: [loop] }).updateLimits("run", { budget_cost: 2 });
    model.calls[0]?.resolve(null);
    await world.settle();
    model.calls[1]?.resolve(null);
    await started;
    expect((await world.state("run")).status).toBe("completed");
  });
});

describe("limits that make no sense", () => {
  const refused = async (work: Promise<unknown>): Promise<void> =>
    expect(await codeOf(work)).toBe("invalid_argument");

  it.each<[JsonObject]>([
    [{ budget_cost: -1 }],
    [{ budget_cost: "lots" }],
    [{ budget_tokens: 1.5 }],
    [{ budget_effects: true }],
    [{ used_cost: -1 }],
    [{ enforce: "yes" }],
    [{ warn_budget_pct: -1 }],
    [{ budget_wishes: 3 }],
  ])("%j is refused by updateLimits, and by start where it is ours", async (limits) => {
    const world = newWorld();
    const { runtime, run, runId } = await stopped(world);
    await refused(runtime.updateLimits(runId, limits));
    expect(await world.state(runId)).toEqual(run);
    if ("budget_wishes" in limits) return;
    await refused(runtime.start(loop, { id: "bad", vars: { _limits: limits } }));
    expect(await world.store.load("bad")).toBeUndefined();
  });

  it.each([
    [{ budgetCost: -1 }],
    [{ budgetTokens: 0.5 }],
    [{ budgetEffects: Number.NaN }],
    [{ budgetActiveMs: Infinity }],
    [{ warnBudgetPct: -5 }],
    [{ enforce: 1 as unknown as boolean }],
  ])("%j is no configuration", (limits) => {
    expect(() => newWorld().runtime({ limits })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});

describe("warnings", () => {
  async function warnings(runtime: Runtime, runId: string, after = 0) {
    const seen: unknown[] = [];
    for await (const event of runtime.watch(runId, { after }))
      if (event.type === "limit") seen.push([event.seq, event.warning]);
    return seen;
  }

  it("are told once when a limit begins to warn and once when it is used up", async () => {
    const world = newWorld();
    const told: unknown[] = [];
    const warn = (...line: unknown[]): void => void told.push(line);
    const logger = { debug() {}, info() {}, warn, error() {} };
    const limits = { budgetCost: 0.5, warnBudgetPct: 50 };
    const options = { effects: [modelOf(tokens)], limits, logger };
    const { runtime, runId } = await startLoop(world, options, 8);
    const begins = {
      limitType: "budget_cost",
      status: "warning",
      current: 0.3,
      maximum: 0.5,
      pct: 60,
    };
    const isUp = {
      limitType: "budget_cost",
      status: "exceeded",
      current: 0.5,
      maximum: 0.5,
      pct: 100,
    };
    const expected = [
      [7, begins],
      [11, isUp],
    ];
    expect(await warnings(runtime, runId)).toEqual(expected);
    expect(await warnings(world.runtime(), runId, 7)).toEqual(expected.slice(1));
    expect(told).toEqual(
      expected.map(([seq, warning]) => ["run.limit", { runId, seq, ...Object(warning) }]),
    );
  });

  it("are told again when a limit was raised and is reached again", async () => {
    const world = newWorld();
    const { runtime, runId } = await stopped(world);
    await runtime.updateLimits(runId, { budget_cost: 0.3 });
    const seen = await warnings(runtime, runId);
    expect(seen).toHaveLength(2);
  });

  it("are told of counters that handlers keep, and of limits that are lowered", async () => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "counts",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars["_limits"].current_iteration = 20;
          return askUser({ prompt: "?", next: "b" });
        },
        b: () => complete(null),
      },
    });
    const runtime = world.runtime();
    const { runId } = await runtime.start(workflow);
    await runtime.updateLimits(runId, { max_iterations: 20 });
    await runtime.cancelRun(runId);
    const seen = (await warnings(runtime, runId)) as [number, { status: string }][];
    expect(seen.map(([seq, { status }]) => [seq, status])).toEqual([
      [2, "warning"],
      [4, "exceeded"],
    ]);
  });
});
