import { describe, expect, it } from "vitest";
import type { FaultPlan } from "../../../testkit/src/faults/fault.ts";
import { FaultStore } from "../../../testkit/src/faults/fault-store.ts";
import { limitsOf, loop, modelOf, startLoop } from "../../test/spending.ts";
import {
  handHeld,
  newWorld,
  type HandHeld,
  type HandHeldCall,
  type World,
} from "../../test/world.ts";
import {
  defineEffect,
  EffectError,
  waitFor,
  type Runtime,
  type RuntimeOptions,
  type UsageReport,
} from "../index.ts";

const tokens = { inputTokens: 100, outputTokens: 10, cost: 0.1 };

describe("what effects report", () => {
  it("is added up in _limits, from the records that end attempts", async () => {
    const world = newWorld();
    const { run, runId } = await startLoop(world, { effects: [modelOf(tokens)] }, 3);
    expect(limitsOf(run)).toMatchObject({
      current_iteration: 3,
      used_input_tokens: 300,
      used_output_tokens: 30,
      used_cost: 0.3,
      estimated_tokens_used: 0,
    });
    const records = await world.store.records(runId);
    const ends = records.filter(({ kind }) => kind === "completed");
    expect(ends).toHaveLength(3);
    for (const end of ends) expect(end).toMatchObject({ usage: { iterations: 1, ...tokens } });
  });

  it("is summed over one attempt, with what the definition reads from the result", async () => {
    const world = newWorld();
    const model = defineEffect({
      type: "model",
      replay: "safe",
      perform: (_payload, context) => {
        context.usage({ inputTokens: 1 });
        context.usage({ inputTokens: 2, cost: 0.1 });
        context.usage({ cost: 0.2 });
        return { tokens: 5 };
      },
      usage: (result) => ({ outputTokens: result.tokens, iterations: 2 }),
    });
    const { run } = await startLoop(world, { effects: [model] }, 1);
    expect(limitsOf(run)).toMatchObject({
      current_iteration: 2,
      used_input_tokens: 3,
      used_output_tokens: 5,
      used_cost: 0.3,
    });
  });

  it("leaves no trace where it is nothing", async () => {
    const world = newWorld();
    const { run, runId } = await startLoop(world, { effects: [modelOf({ cost: 0 })] }, 2);
    expect(Object.keys(limitsOf(run))).toHaveLength(8);
    for (const record of await world.store.records(runId))
      expect(Object.keys(record)).not.toContain("usage");
  });

  it("counts for failed attempts, and for those that lead to a wait", async () => {
    const world = newWorld();
    let calls = 0;
    const model = defineEffect({
      type: "model",
      replay: "safe",
      retry: { maxAttempts: 2, baseMs: 10 },
      perform: (_payload, context) => {
        calls += 1;
        context.usage({ inputTokens: calls });
        if (calls === 1) throw new EffectError("overloaded");
        return waitFor({ keys: ["k"] });
      },
    });
    const { runtime, runId } = await startLoop(world, { effects: [model] }, 1);
    await world.clock.advance(10);
    await runtime.tick(runId);
    const run = await world.state(runId);
    expect(limitsOf(run)).toMatchObject({ used_input_tokens: 3, current_iteration: 2 });
    expect(await world.kinds(runId)).toEqual(["created", "begun", "failed", "begun", "waiting"]);
  });

  it("counts before an unknown outcome", async () => {
    const world = newWorld();
    const model = defineEffect({
      type: "model",
      replay: "never",
      perform: (_payload, context) => {
        context.usage({ inputTokens: 7 });
        throw new Error("connection lost");
      },
    });
    const { run } = await startLoop(world, { effects: [model] }, 1);
    expect(run.waiting?.gate).toBe("unknown_outcome");
    expect(limitsOf(run)).toMatchObject({ used_input_tokens: 7 });
  });

  it.each<[string, unknown]>([
    ["a text", "many"],
    ["null", null],
    ["a list", []],
    ["of what is not counted", { tokens: 5 }],
    ["negative", { inputTokens: -1 }],
    ["half a token", { outputTokens: 0.5 }],
    ["tokens in words", { inputTokens: "5" }],
    ["no number", { cost: Number.NaN }],
    ["without an end", { cost: Infinity }],
    ["a yes", { iterations: true }],
  ])("is refused when it is %s, and counts nothing", async (_what, report) => {
    const world = newWorld();
    const { run } = await startLoop(world, { effects: [modelOf(report as UsageReport)] }, 1);
    expect(run.error?.details).toMatchObject({ cause: { code: "invalid_argument" } });
    expect(Object.keys(limitsOf(run))).toHaveLength(8);
  });

  it("is refused of an effect that said that it spends nothing", async () => {
    const world = newWorld();
    const model = { ...modelOf({ inputTokens: 1 }), spends: false };
    const { run } = await startLoop(world, { effects: [model] }, 1);
    expect(run.error?.message).toContain("spends: false");
  });

  it.each<[string, () => UsageReport]>([
    [
      "throws",
      () => {
        throw new Error("no usage");
      },
    ],
    ["is nonsense", () => ({ inputTokens: -2 })],
  ])("counts nothing where the usage of a result %s, for it has happened", async (_what, usage) => {
    const world = newWorld();
    const told: unknown[] = [];
    const error = (...line: unknown[]): void => void told.push(line);
    const logger = { debug() {}, info() {}, warn() {}, error };
    const model = { ...modelOf({ inputTokens: 1 }), usage };
    const { run, runId } = await startLoop(world, { effects: [model], logger }, 1);
    expect(run.status).toBe("completed");
    expect(limitsOf(run)).toMatchObject({ used_input_tokens: 1 });
    const fields = expect.objectContaining({ runId, effect: "model" });
    expect(told).toEqual([["effect.usage_not_read", fields]]);
  });

  it("counts attempts and their time where the run has a budget for them", async () => {
    const world = newWorld();
    const model = handHeld({ type: "model", retry: { maxAttempts: 2, baseMs: 1_000 } });
    const limits = { budgetEffects: 10, budgetActiveMs: 60_000 };
    const started = startLoop(world, { effects: [model], limits }, 1);
    await world.clock.advance(30);
    model.calls[0]?.reject(new Error("try again"));
    const { runtime, runId } = await started;
    await world.clock.advance(5_000); // nobody is at work
    const ticked = runtime.tick(runId);
    await world.clock.advance(12);
    model.calls[1]?.resolve(null);
    const run = await ticked;
    expect(limitsOf(run)).toMatchObject({ used_effects: 2, used_active_ms: 42 });
  });
});

describe("an attempt that is cut short", () => {
  async function underWay(
    world: World,
    model: HandHeld,
    options: Partial<RuntimeOptions> = {},
  ): Promise<{ runtime: Runtime; call: HandHeldCall }> {
    const runtime = world.runtime({ effects: [model], ...options });
    runtime.start(loop, { id: "run", vars: { done: 0, times: 2 } }).catch(() => {});
    await world.settle();
    const [call] = model.calls;
    if (call === undefined) throw new Error("it was not called");
    call.context.usage({ inputTokens: 5 });
    return { runtime, call };
  }

  const counted = async (world: World) => limitsOf(await world.state("run"));

  it("counts what it had used when the run is cancelled, and nothing after that", async () => {
    const world = newWorld();
    const { runtime, call } = await underWay(world, handHeld({ type: "model" }));
    await runtime.cancelRun("run");
    call.context.usage({ inputTokens: 1 });
    call.resolve(null);
    await world.settle();
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5, current_iteration: 1 });
    expect(await world.kinds("run")).toEqual(["created", "begun", "late", "cancelled"]);
  });

  it("counts what it had used when its process stops, and leaves the step open", async () => {
    const world = newWorld();
    const { runtime } = await underWay(world, handHeld({ type: "model" }));
    await runtime.close();
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5 });
    expect(await world.kinds("run")).toEqual(["created", "begun", "late"]);
    const { pending } = await world.state("run");
    expect(pending).toMatchObject({ phase: "begun", attempt: 1 });
  });

  it("counts once what a timeout cut off, and the rest when it comes", async () => {
    const world = newWorld();
    const retry = { maxAttempts: 2, baseMs: 1_000 };
    const { call } = await underWay(world, handHeld({ type: "model", timeoutMs: 50, retry }));
    await world.clock.advance(50);
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5, current_iteration: 1 });
    call.context.usage({ inputTokens: 2, outputTokens: 1 });
    call.resolve("after all");
    await world.settle();
    expect(await counted(world)).toMatchObject({
      used_input_tokens: 7,
      used_output_tokens: 1,
      current_iteration: 1,
    });
    const kinds = await world.kinds("run");
    expect(kinds).toEqual(["created", "begun", "failed", "late", "completed"]);
  });

  it("counts what a late error had used", async () => {
    const world = newWorld();
    const retry = { maxAttempts: 2, baseMs: 1_000 };
    const { call } = await underWay(world, handHeld({ type: "model", timeoutMs: 50, retry }));
    await world.clock.advance(50);
    call.context.usage({ inputTokens: 2 });
    call.reject(new Error("gave up"));
    await world.settle();
    expect(await counted(world)).toMatchObject({ used_input_tokens: 7 });
    expect(await world.kinds("run")).toEqual(["created", "begun", "failed", "late"]);
    expect((await world.state("run")).pending).toMatchObject({ phase: "ready", attempt: 2 });
  });

  it("counts what it used although its driver lost the run", async () => {
    const world = newWorld();
    const store = new FaultStore(world.store, { clock: world.clock });
    const { call } = await underWay(world, handHeld({ type: "model" }), { store });
    store.partition();
    await world.clock.advance(30_001);
    store.heal();
    call.context.usage({ outputTokens: 3 });
    call.resolve(null);
    await world.settle();
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5, used_output_tokens: 3 });
  });

  it("counts once when nobody knows whether the commit with its end was written", async () => {
    const world = newWorld();
    const store = new FaultStore(world.store, { clock: world.clock });
    const { call } = await underWay(world, handHeld({ type: "model" }), { store });
    store.inject("commit", { kind: "fail_after" });
    store.inject("commit", { kind: "fail_before" }, 1_000);
    call.resolve(null);
    await world.clock.advance(60_000);
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5, current_iteration: 1 });
    expect(await world.kinds("run")).toEqual(["created", "begun", "completed", "begun"]);
    await world.runtime({ effects: [modelOf({})], workflows: [loop] }).tick("run");
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5, current_iteration: 1 });
    expect(await world.kinds("run")).not.toContain("late");
  });

  it("counts once when the commit with its end was not written", async () => {
    const world = newWorld();
    let isBroken = false;
    const plan: FaultPlan = ({ method }) =>
      isBroken && method === "commit" ? { kind: "fail_before" } : undefined;
    const store = new FaultStore(world.store, { clock: world.clock, plan });
    const { call } = await underWay(world, handHeld({ type: "model" }), { store });
    isBroken = true;
    call.resolve(null);
    await world.clock.advance(60_000);
    expect(await world.kinds("run")).toEqual(["created", "begun"]);
    isBroken = false;
    await world.runtime({ effects: [modelOf({})], workflows: [loop] }).tick("run");
    expect(await counted(world)).toMatchObject({ used_input_tokens: 5, current_iteration: 1 });
  });
});
