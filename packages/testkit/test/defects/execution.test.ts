import {
  askUser,
  complete,
  defineEffect,
  defineWorkflow,
  goto,
  isInterruption,
  startSubworkflow,
  waitUntil,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld, type HandHeld } from "../../../core/test/world.ts";
import { FaultStore } from "../../src/index.ts";
import { claimedBy } from "../support/claimed-by.ts";

/** A workflow of one effect of the given type. */
const one = (type: string): Workflow =>
  defineWorkflow({
    id: "one",
    entry: "a",
    nodes: {
      a: (): Plan<"end"> => ({ effect: { type, resultKey: "r" }, nextNode: "end" }),
      end: (run) => complete({ r: run.vars.r ?? null }),
    },
  });

const countTo = (id: string, steps: number): Workflow =>
  defineWorkflow({
    id,
    entry: "a",
    nodes: {
      a: (run) => {
        run.vars.n = (run.vars.n ?? 0) + 1;
        return run.vars.n < steps ? goto("a") : complete(run.vars.n);
      },
    },
  });

const callOf = (effect: HandHeld, index: number): HandHeld["calls"][number] => {
  const call = effect.calls[index];
  if (call === undefined) throw new Error(`the effect was not called ${index + 1} times`);
  return call;
};

describe("execution", () => {
  it("0.2.0 D01: a loop that asks the same again executes again", async () => {
    const keys: string[] = [];
    const dice = defineEffect({
      type: "dice",
      replay: "safe",
      perform: (_payload, { idempotencyKey }) => keys.push(idempotencyKey),
    });
    const loop = defineWorkflow({
      id: "loop",
      entry: "roll",
      nodes: {
        roll: () => dice({ sides: 6 }, { resultKey: "last", next: "judge" }),
        judge: (run) => {
          run.vars.all = [...(run.vars.all ?? []), run.vars.last];
          return run.vars.all.length < 4 ? goto("roll") : complete(run.vars.all);
        },
      },
    });
    const run = await newWorld()
      .runtime({ effects: [dice] })
      .start(loop);
    expect(await run.result()).toEqual([1, 2, 3, 4]);
    expect(new Set(keys).size).toBe(4);
  });

  it("0.2.0 D02: a cancelled run stays as it is when it is ticked", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const { runId } = await runtime.start(countTo("w", 3), { drive: false });
    const cancelled = await runtime.cancelRun(runId, "stop");
    expect(await runtime.tick(runId)).toEqual(cancelled);
    expect(await world.state(runId)).toMatchObject({
      status: "cancelled",
      output: null,
      error: { message: "stop" },
    });
  });

  it("0.2.0 D03: a cancel from another runtime is not lost behind a handler", async () => {
    const world = newWorld();
    const slow = handHeld({ type: "slow" });
    const [driver, other] = [world.runtime({ effects: [slow] }), world.runtime()];
    const started = driver.start(one("slow"), { id: "r" });
    await world.settle();
    await other.cancelRun("r", "enough");
    await world.clock.advance(10_000);
    callOf(slow, 0).resolve("done");
    await started;
    await world.settle();
    expect(await world.state("r")).toMatchObject({
      status: "cancelled",
      error: { message: "enough" },
    });
    expect((await world.kinds("r")).at(-1)).toBe("cancelled");
  });

  it("0.2.0 D60: a cancel aborts the signal of the effect under way, and says why", async () => {
    const world = newWorld();
    const slow = handHeld({ type: "slow" });
    const runtime = world.runtime({ effects: [slow] });
    const started = runtime.start(one("slow"), { id: "r" });
    await world.settle();
    const { signal } = callOf(slow, 0).context;
    expect(signal.aborted).toBe(false);
    await runtime.cancelRun("r");
    await started;
    const { reason } = signal;
    expect(isInterruption(reason) && reason.interruption).toBe("cancel");
    expect(await world.state("r")).toMatchObject({ status: "cancelled" });
  });

  it("0.2.0 D60: an attempt has a deadline, which a heartbeat moves", async () => {
    const world = newWorld();
    const slow = handHeld({ type: "slow", timeoutMs: 1_000 });
    const runtime = world.runtime({ effects: [slow] });
    const started = runtime.start(one("slow"), { id: "r" });
    await world.clock.advance(900);
    callOf(slow, 0).context.heartbeat();
    await world.clock.advance(900);
    expect(callOf(slow, 0).context.signal.aborted).toBe(false);
    await world.clock.advance(200);
    await started;
    expect(callOf(slow, 0).context.signal.aborted).toBe(true);
    const error = { code: "effect_failed", details: { cause: { code: "effect_timeout" } } };
    expect(await world.state("r")).toMatchObject({ status: "failed", error });
  });

  it("0.2.0 D05: a run whose steps are used up is due, and whoever looks for work finds it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const { runId } = await runtime.start(countTo("w", 500), { maxSteps: 100 });
    expect(await world.state(runId)).toMatchObject({ status: "running", vars: { n: 100 } });
    expect(await claimedBy("worker", world.store)).toEqual([runId]);
    await world.clock.advance(1_001);
    for (let polls = 0; polls < 4; polls += 1) await runtime.tick(runId);
    expect(await world.state(runId)).toMatchObject({ status: "completed", output: 500 });
  });

  it("0.2.0 D05: a run whose process died is due when its lease has run out", async () => {
    const world = newWorld();
    const behind = new FaultStore(world.store, { clock: world.clock });
    const work = handHeld({ type: "work" });
    const dying = world.runtime({ store: behind, effects: [work] });
    const started = codeOf(dying.start(one("work"), { id: "r" }));
    await world.settle();
    behind.partition();
    expect(await claimedBy("worker", world.store)).toEqual([]);
    await world.clock.advance(30_001);
    expect(await claimedBy("worker", world.store)).toEqual(["r"]);
    expect(await started).toBe("lease_lost");
  });

  it("0.2.0 D06: a child may take more steps than one tick of its parent has", async () => {
    const world = newWorld();
    const parent = defineWorkflow({
      id: "parent",
      entry: "a",
      nodes: {
        a: () => startSubworkflow({ workflow: "child", resultKey: "r", next: "b" }),
        b: (run) => complete(run.vars.r.output),
      },
    });
    const runtime = world.runtime({ workflows: [parent, countTo("child", 150)] });
    const { runId } = await runtime.start(parent, { drive: false });
    expect(await runtime.tick(runId)).toMatchObject({ status: "waiting" });
    expect(await runtime.tick(runId)).toMatchObject({ status: "completed", output: 150 });
  });

  it("0.2.0 D07: two tickers of one run execute its effect once", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const [a, b] = [world.runtime({ effects: [work] }), world.runtime({ effects: [work] })];
    await a.start(one("work"), { id: "r", drive: false });
    b.workflows.register(one("work"));
    const first = a.tick("r");
    await world.settle();
    expect(await codeOf(b.tick("r"))).toBe("run_leased");
    callOf(work, 0).resolve(1);
    await first;
    expect(work.calls).toHaveLength(1);
    expect(await world.kinds("r")).toEqual(["created", "begun", "completed", "ended"]);
  });

  it("0.2.0 D08: a due run is driven by one of those who look for it", async () => {
    const world = newWorld();
    let calls = 0;
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: {
        a: () => waitUntil({ afterMs: 1_000, next: "b" }),
        b: () => complete((calls += 1)),
      },
    });
    const runtimes = [world.runtime(), world.runtime(), world.runtime()];
    for (const runtime of runtimes) runtime.workflows.register(workflow);
    await runtimes[0]?.start(workflow, { id: "r" });
    await world.clock.advance(1_000);
    await Promise.allSettled(runtimes.map((runtime) => runtime.tick("r")));
    expect(calls).toBe(1);
    expect((await world.kinds("r")).filter((kind) => kind === "ended")).toHaveLength(1);
  });

  it.each<[string, (run: { vars: unknown }) => unknown, string]>([
    ["raises", () => raise("boom"), "node_failed"],
    ["returns nothing", () => undefined, "invalid_plan"],
    ["names an unknown next node", () => ({ nextNode: "nowhere" }), "unknown_node"],
    ["has no next node", () => ({}), "invalid_plan"],
    ["plans an effect without a next node", () => ({ effect: { type: "x" } }), "invalid_plan"],
    [
      "plans a payload that is not JSON",
      () => ({ effect: { type: "x", payload: { at: new Date(0) } }, nextNode: "a" }),
      "invalid_json_value",
    ],
  ])("0.2.0 D31: a node that %s fails its run, and the ledger says so", async (_, node, code) => {
    const world = newWorld();
    const nodes = { a: () => goto("b"), b: node as () => Plan<never> }; // what untyped callers write
    const workflow = defineWorkflow({ id: "w", entry: "a", nodes });
    const { runId } = await world.runtime().start(workflow);
    expect(await world.state(runId)).toMatchObject({
      status: "failed",
      currentNode: "b",
      error: { code, nodeId: "b" },
    });
    expect((await world.store.records(runId)).at(-1)).toMatchObject({ kind: "ended", path: ["a"] });
  });

  it("0.2.0 D32: a due timer whose next node raises fails its run, and is not due again", async () => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: { a: () => waitUntil({ afterMs: 10, next: "b" }), b: () => raise("boom") },
    });
    const runtime = world.runtime();
    const { runId } = await runtime.start(workflow);
    await world.clock.advance(10);
    expect(await runtime.tick(runId)).toMatchObject({ status: "failed" });
    const { seq } = await runtime.tick(runId);
    await world.clock.advance(86_400_000);
    expect(await claimedBy("worker", world.store)).toEqual([]);
    expect((await world.state(runId)).seq).toBe(seq);
  });

  it("0.2.0 D42: a workflow that starts itself stops at the depth that is allowed", async () => {
    const world = newWorld();
    const self: Workflow = defineWorkflow({
      id: "self",
      entry: "a",
      nodes: { a: () => startSubworkflow({ workflow: "self", next: "b" }), b: () => complete(1) },
    });
    const { runId } = await world.runtime({ workflows: [self] }).start(self);
    const { items } = await world.store.list({ limit: 1_000 });
    expect(items).toHaveLength(101);
    expect(items.every(({ run }) => run.status === "failed")).toBe(true);
    const deepest = items.find(({ run }) => run.depth === 100);
    expect(deepest?.run.error?.details).toMatchObject({ cause: { code: "recursion_limit" } });
    const message = (await world.state(runId)).error?.message ?? "";
    expect(message.length).toBeLessThan(2_000);
    expect(message).toMatch(
      /^Effect failed after 1 attempts: Subworkflow 'self' failed.*starts itself$/,
    );
  });

  it("0.2.0 D43: a null result is a result", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const started = runtime.start(one("work"), { id: "r", maxSteps: 1 });
    await world.settle();
    callOf(work, 0).resolve(null);
    await started;
    await runtime.tick("r");
    expect(work.calls).toHaveLength(1);
    expect(await world.state("r")).toMatchObject({ status: "completed", output: { r: null } });
  });

  it("0.2.0 D46: a plan in another node's name is refused", async () => {
    const world = newWorld();
    const plan = { nodeId: "b", nextNode: "b" } as const;
    const nodes = { a: () => plan, b: () => complete(1) };
    const { runId } = await world.runtime().start(defineWorkflow({ id: "w", entry: "a", nodes }));
    const error = { code: "invalid_plan", message: expect.stringContaining('"b"') };
    expect(await world.state(runId)).toMatchObject({ status: "failed", error });
  });

  it("0.2.0 D46: an effect beside an output is refused, not dropped", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const plan = { completeOutput: {}, effect: { type: "work" }, nextNode: "a" } as const;
    const workflow = defineWorkflow({ id: "w", entry: "a", nodes: { a: () => plan } });
    const { runId } = await world.runtime({ effects: [work] }).start(workflow);
    expect(await world.state(runId)).toMatchObject({ error: { code: "invalid_plan" } });
    expect(work.calls).toHaveLength(0);
  });

  it("0.2.0 D46: a run is driven by the graph that started it, whatever else is registered", async () => {
    const world = newWorld();
    const version = (id: string): Workflow =>
      defineWorkflow({
        id: "w",
        version: id,
        entry: "a",
        nodes: { a: () => askUser({ prompt: "?", next: "b" }), b: () => complete(id) },
      });
    const runtime = world.runtime({ workflows: [version("1")] });
    const first = await runtime.start(version("1"));
    const second = await runtime.start(version("2"));
    for (const run of [first, second]) {
      const { waiting } = await run.state();
      await run.resume("go on", { waitId: waiting?.waitId });
    }
    expect([await first.result(), await second.result()]).toEqual(["1", "2"]);
  });
});

function raise(message: string): never {
  throw new Error(message);
}
