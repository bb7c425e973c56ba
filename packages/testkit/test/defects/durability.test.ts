import {
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  foldRun,
  goto,
  isEnded,
  startSubworkflow,
  type JsonObject,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld, type World } from "../../../core/test/world.ts";
import { crashAt, FaultStore } from "../../src/index.ts";

const LEASE_MS = 30_000;

/** Two effects and a child, so that every kind of write is there to die at. */
const chain = (performed: string[]) => {
  const work = defineEffect({
    type: "work",
    replay: "idempotent",
    perform: (_payload: unknown, { idempotencyKey }) => performed.push(idempotencyKey),
  });
  const parent: Workflow = defineWorkflow({
    id: "parent",
    entry: "a",
    nodes: {
      a: () => work({ n: 1 }, { next: "b" }),
      b: () => startSubworkflow({ workflow: "child", resultKey: "child", next: "c" }),
      c: () => work({ n: 2 }, { next: "d" }),
      d: (run) => complete({ of: run.vars.child.output }),
    },
  });
  const child = defineWorkflow({ id: "child", entry: "x", nodes: { x: () => complete("child") } });
  return { parent, options: { effects: [work], workflows: [parent, child] } };
};

/** The process that drove has died at a write; another goes on, as often as it takes. */
async function finish(world: World, runId: string, options: object): Promise<void> {
  const runtime = world.runtime(options);
  const workflow = chain([]).parent;
  for (let tries = 0; tries < 5; tries += 1) {
    await world.clock.advance(LEASE_MS + 1);
    const run = await runtime.start(workflow, { id: runId });
    if (isEnded(await run.state())) return;
  }
  throw new Error(`${runId} does not end`);
}

const oneEffect = (type: string): Workflow =>
  defineWorkflow({
    id: "one",
    entry: "a",
    nodes: {
      a: (): Plan<"b"> => ({ effect: { type, resultKey: "r" }, nextNode: "b" }),
      b: (run) => complete(run.vars.r ?? null),
    },
  });

describe("durability", () => {
  it("0.2.0 D09: a crash at any write leaves the run as it was before or after it", async () => {
    let points = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1; ; at += 1) {
        const performed: string[] = [];
        const { parent, options } = chain(performed);
        const world = newWorld();
        const plan = crashAt(at, when);
        const store = new FaultStore(world.store, { clock: world.clock, plan });
        const dying = world.runtime({ ...options, store });
        void dying.start(parent, { id: "r" });
        await world.settle();
        if (!store.crashed) break;
        points += 1;
        if ((await world.store.load("r")) !== undefined) await world.state("r");
        await finish(world, "r", options);
        expect(await world.state("r")).toMatchObject({ output: { of: "child" } });
        expect(new Set(performed).size).toBe(2);
      }
    }
    expect(points).toBeGreaterThan(8);
  });

  it.each([
    ["a Set", () => new Set([1]), "vars.bad"],
    ["a lone surrogate", () => "\ud800", "vars.bad"],
  ])("0.2.0 D10: %s in vars is refused, and the state before it is kept", async (_, bad, path) => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.good = 1;
          return goto("b");
        },
        b: (run) => {
          run.vars.lost = 2;
          run.vars.bad = bad();
          return complete(null);
        },
      },
    });
    const { runId } = await world.runtime().start(workflow);
    const state = await world.state(runId);
    expect(state).toMatchObject({ status: "failed", vars: { good: 1 } });
    expect(state.error).toMatchObject({ code: "invalid_json_value", nodeId: "b" });
    expect(state.error?.message).toContain(path);
    expect(state.vars).not.toHaveProperty("lost");
  });

  it("0.2.0 D14: a power cut while a child is started starts no second one", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= 4; at += 1) {
        const { parent, options } = chain([]);
        const world = newWorld();
        const store = new FaultStore(world.store, { plan: crashAt(at, when) });
        void world.runtime({ ...options, store }).start(parent, { id: "r" });
        await world.settle();
        expect(store.crashed).toBe(true);
        await finish(world, "r", options);
        expect((await world.store.listChildren("r")).items).toHaveLength(1);
      }
    }
  });

  it("0.2.0 D17: backoff is a date in the store, not a sleep in a tick", async () => {
    const world = newWorld();
    const flaky = defineEffect({
      type: "flaky",
      replay: "safe",
      retry: { maxAttempts: 3, baseMs: 300 },
      perform: () => {
        throw new EffectError("503");
      },
    });
    const runtime = world.runtime({ effects: [flaky] });
    const { runId } = await runtime.start(oneEffect("flaky"));
    const [{ pending }, timers] = [await world.state(runId), world.clock.timers];
    expect(pending).toMatchObject({ phase: "ready", attempt: 2, failures: 1 });
    expect(Date.parse(pending?.notBefore ?? "") - world.clock.now()).toBe(300);
    await runtime.close();
    expect(world.clock.timers).toBeLessThanOrEqual(timers);
    expect((await world.store.load(runId))?.head.wakeAt).toBe(pending?.notBefore);
  });

  it("0.2.0 D17: attempts are counted across crashes, so that maxAttempts holds", async () => {
    const world = newWorld();
    const attempts: number[] = [];
    const flaky = defineEffect({
      type: "flaky",
      replay: "safe",
      retry: { maxAttempts: 3, baseMs: 60_000 },
      perform: (_payload: unknown, { attempt }) => {
        attempts.push(attempt);
        throw new EffectError("503");
      },
    });
    // Each process dies in the backoff after its attempt.
    for (let process = 0; process < 5; process += 1) {
      const store = new FaultStore(world.store, { clock: world.clock });
      const runtime = world.runtime({ effects: [flaky], store });
      await runtime.start(oneEffect("flaky"), { id: "r" });
      store.partition();
      await world.clock.advance(240_000);
    }
    expect(attempts).toEqual([1, 2, 3]);
    expect(await world.state("r")).toMatchObject({ status: "failed" });
  });

  it("0.2.0 D35: what a node wrote before it raised is dropped", async () => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.list.push(2);
          throw new Error("after the write");
        },
      },
    });
    const vars = { list: [1] };
    const { runId } = await world.runtime().start(workflow, { vars });
    expect((await world.state(runId)).vars["list"]).toEqual([1]);
    expect(vars).toEqual({ list: [1] });
  });

  it("0.2.0 D35: the caller's vars and the store's share nothing", async () => {
    const world = newWorld();
    const vars = { deep: { n: 1 } };
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.deep.n += 10;
          return complete(run.vars.deep);
        },
      },
    });
    const run = await world.runtime().start(workflow, { vars });
    vars.deep.n = 99;
    const state = await run.state();
    expect(state.vars["deep"]).toEqual({ n: 11 });
    const given = state.vars["deep"] as { n: number };
    expect(() => (given.n = 5)).toThrow(TypeError);
    expect(await run.result()).toEqual({ n: 11 });
  });

  it("0.2.0 D23: a reader of the ledger can't change it", async () => {
    const world = newWorld();
    const run = await world.runtime().start(oneEffect("nobody"), { vars: { a: { b: 1 } } });
    const [created] = await run.ledger();
    if (created?.kind !== "created") throw new Error("a ledger begins with created");
    const vars = created.vars["a"] as { b: number };
    expect(() => (vars.b = 2)).toThrow(TypeError);
    expect((await run.ledger())[0]).toMatchObject({ vars: { a: { b: 1 } } });
  });

  it("0.2.0 D44: a result that is not JSON ends the effect once, and says where it is not", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work", retry: { maxAttempts: 3 } });
    const runtime = world.runtime({ effects: [work] });
    const started = runtime.start(oneEffect("work"), { id: "r" });
    await world.settle();
    work.calls[0]?.resolve({ sent: { at: new Date(0) } });
    await started;
    await runtime.tick("r");
    expect(work.calls).toHaveLength(1);
    const { error } = await world.state("r");
    expect(error?.message).toContain("result.sent.at: Date is not JSON");
    expect(error?.details).toMatchObject({ cause: { code: "invalid_json_value" } });
  });

  it.each([Number.NaN, Infinity, -Infinity])("0.2.0 D45: %s is never stored", async (bad) => {
    const world = newWorld();
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: { a: () => complete({ rate: bad }) },
    });
    const runtime = world.runtime();
    expect(await codeOf(runtime.start(workflow, { vars: { n: bad } }))).toBe("invalid_json_value");
    const { runId } = await runtime.start(workflow);
    expect((await world.state(runId)).error?.message).toContain(`output.rate: ${bad} is not JSON`);
    const texts = await world.store.recordTexts(runId);
    for (const text of texts) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it("0.2.0 D57: many writers at once leave every record whole and in order", async () => {
    const world = newWorld();
    const work = defineEffect({
      type: "work",
      replay: "safe",
      perform: async () => {
        await Promise.resolve();
        return "x".repeat(40_000);
      },
    });
    const loop = defineWorkflow({
      id: "loop",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.n = (run.vars.n ?? 0) + 1;
          return run.vars.n > 20 ? goto("b") : work({}, { next: "a" });
        },
        b: () => complete(null),
      },
    });
    const runtimes = [1, 2, 3].map(() => world.runtime({ effects: [work], workflows: [loop] }));
    const work3 = runtimes.map((runtime) => runtime.start(loop, { id: "shared" }));
    const own = runtimes.map((runtime, index) => runtime.start(loop, { id: `own-${index}` }));
    await Promise.all([...work3, ...own]);
    for (const runId of ["shared", "own-0", "own-1", "own-2"]) {
      const texts = await world.store.recordTexts(runId);
      const seqs = texts.map((text) => (JSON.parse(text) as JsonObject)["seq"]);
      expect(seqs).toEqual(texts.map((_, index) => index + 1));
      expect(await world.state(runId)).toMatchObject({ status: "completed" });
    }
  });

  it("0.2.0 D59: a run's end and the record of it are one write", async () => {
    for (const when of ["before", "after"] as const) {
      const world = newWorld();
      const store = new FaultStore(world.store, { clock: world.clock });
      const work = handHeld({ type: "work" });
      const runtime = world.runtime({ store, effects: [work] });
      const started = codeOf(runtime.start(oneEffect("work"), { id: "r" }));
      await world.settle();
      store.inject("commit", { kind: `fail_${when}` }, 1_000);
      work.calls[0]?.resolve("done");
      await world.clock.advance(LEASE_MS);
      expect(await started).toBe("store_unavailable");
      const [state, kinds] = [await world.state("r"), await world.kinds("r")];
      expect(isEnded(state)).toBe(when === "after");
      expect(kinds.includes("ended")).toBe(isEnded(state));
      expect(foldRun(await world.store.records("r"))).toEqual(state);
    }
  });
});
