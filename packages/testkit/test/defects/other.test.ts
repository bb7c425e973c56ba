import {
  complete,
  createSnapshot,
  defineEffect,
  defineWorkflow,
  getJson,
  goto,
  MemoryArtifactStore,
  MemorySnapshotStore,
  putJson,
  putText,
  RetryPolicy,
  Runtime,
  silentLogger,
  startSubworkflow,
  type JsonObject,
  type LogFields,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { codeOf, newWorld } from "../../../core/test/world.ts";
import { sequentialIds } from "../../src/index.ts";

const plans = (type: string, payload: object = {}, resultKey?: string): Workflow =>
  defineWorkflow({
    id: "plans",
    entry: "a",
    nodes: {
      a: (): Plan<"b"> => ({ effect: { type, payload, resultKey }, nextNode: "b" }),
      b: (run) => complete(run.vars),
    },
  });

const idle = defineWorkflow({ id: "idle", entry: "a", nodes: { a: () => complete(null) } });

/** Ids that could leave a folder, or name no file on some system. */
const badIds = ["", "x/../../escaped", "..", ".hidden", "a\\b", "a b", "abc\n", "a".repeat(300)];

describe("other", () => {
  it.each([
    ["a missing handler", "nobody", {}],
    ["a wait without a prompt", "ask_user", {}],
    ["a wait without a key", "wait_event", {}],
    ["a timer without a time", "wait_until", {}],
    ["a child without a workflow", "start_subworkflow", {}],
  ])("0.2.0 D18: %s is no outage, and is not tried again", async (_, type, payload) => {
    const world = newWorld();
    const policy = new RetryPolicy({ maxAttempts: 5, attempts: { [type]: 5 } });
    const run = await world.runtime({ policy }).start(plans(type, payload));
    expect(await run.state()).toMatchObject({ status: "failed" });
    const failed = (await run.ledger()).filter(({ kind }) => kind === "failed");
    expect(failed).toHaveLength(1);
  });

  it.each([0, -1, 1.5, Number.NaN])(
    "0.2.0 D18: %s attempts make no policy",
    async (maxAttempts) => {
      expect(() => new RetryPolicy({ maxAttempts })).toThrow(
        `${maxAttempts} attempts make no sense`,
      );
      expect(() => new RetryPolicy({ attempts: { llm_call: maxAttempts } })).toThrow("llm_call");
    },
  );

  it("0.2.0 D18: the delay after thousands of failures is the greatest one", () => {
    const policy = new RetryPolicy({ maxMs: 30_000 });
    expect(policy.backoffMs("llm_call", 5_000, () => 0)).toBe(30_000);
  });

  it("0.2.0 D48: a result that replaces a scalar or a list is logged", async () => {
    const warned: (LogFields | undefined)[] = [];
    const logger = {
      ...silentLogger,
      warn: (event: string, fields?: LogFields) => {
        if (event === "step.result_replaces") warned.push(fields);
      },
    };
    const effect = defineEffect({ type: "work", replay: "safe", perform: () => 1 });
    const runtime = newWorld().runtime({ effects: [effect], logger });
    const vars = { list: [1, 2], fine: {}, nothing: null };
    const run = await runtime.start(plans("work", {}, "list.0"), { vars });
    expect((await run.state()).vars).toMatchObject({ list: { "0": 1 } });
    await runtime.start(plans("work", {}, "fine.x"), { vars });
    await runtime.start(plans("work", {}, "nothing.x"), { vars });
    await runtime.start(plans("work", {}, "list"), { vars });
    const { runId } = run;
    expect(warned).toEqual([
      { runId, nodeId: "a", effect: "work", resultKey: "list.0", replaces: "list" },
    ]);
  });

  it("0.2.0 D49: a limit of 0 is a limit, and both functions agree on warnings", async () => {
    const runtime = newWorld().runtime({ limits: { maxIterations: 0, warnTokensPct: null } });
    const { runId } = await runtime.start(idle, { drive: false });
    const status = await runtime.getLimitStatus(runId);
    expect(status.iterations).toEqual({ current: 0, max: 0, pct: 100, warning: true });
    expect(await runtime.checkLimits(runId)).toMatchObject([
      { limitType: "iterations", status: "exceeded", maximum: 0 },
    ]);
  });

  it.each<[string, JsonObject, object]>([
    [
      "a null percentage is the default",
      { current_iteration: 20, warn_iterations_pct: null },
      { pct: 80 },
    ],
    [
      "a percentage of 0 warns of any use",
      { current_iteration: 1, warn_iterations_pct: 0 },
      { pct: 4 },
    ],
    [
      "79.96 % is shown and taken as 80",
      { current_iteration: 7_996, max_iterations: 10_000 },
      { pct: 80 },
    ],
  ])("0.2.0 D49: %s, in both functions", async (_, limits, shown) => {
    const runtime = newWorld().runtime();
    const { runId } = await runtime.start(idle, { drive: false, vars: { _limits: limits } });
    const { iterations } = await runtime.getLimitStatus(runId);
    expect(iterations).toMatchObject({ ...shown, warning: true });
    expect(await runtime.checkLimits(runId)).toMatchObject([
      { limitType: "iterations", status: "warning", ...shown },
    ]);
  });

  it("0.2.0 D49: a child is bound by its parent's limits", async () => {
    const world = newWorld();
    let calls = 0;
    const model = defineEffect({
      type: "model",
      replay: "safe",
      perform: () => void (calls += 1),
      usage: () => ({ inputTokens: 10 }),
    });
    const child = defineWorkflow({
      id: "child",
      entry: "call",
      nodes: { call: () => ({ effect: { type: "model" }, nextNode: "call" }) },
    });
    const parent = defineWorkflow({
      id: "parent",
      entry: "call",
      nodes: {
        call: () => ({ effect: { type: "model" }, nextNode: "start" }),
        start: () => startSubworkflow({ workflow: child, next: "end" }),
        end: () => complete(null),
      },
    });
    const limits = { maxIterations: 3, enforce: true };
    const runtime = world.runtime({ effects: [model], workflows: [child], limits });
    const { runId } = await runtime.start(parent);
    expect(calls).toBe(3);
    const [stopped] = (await runtime.listRuns({ gate: "limit" })).items;
    expect(stopped).toMatchObject({ workflowId: "child", parentRunId: runId });
    await runtime.cancelRun(String(stopped?.runId));
    expect(await runtime.checkLimits(runId)).toMatchObject([
      { limitType: "iterations", status: "exceeded", current: 3, maximum: 3 },
    ]);
  });

  it.each<[string, object]>([
    ["lots", { max_tokens: "lots" }],
    ["a limit that does not exist", { max_wishes: 3 }],
    ["a negative count", { current_iteration: -1 }],
  ])("0.2.0 D49: %s is refused, and the limits stay", async (_, updates) => {
    const world = newWorld();
    const runtime = world.runtime();
    const { runId } = await runtime.start(idle, { drive: false });
    const before = await world.state(runId);
    expect(await codeOf(runtime.updateLimits(runId, updates))).toBe("invalid_argument");
    expect(await world.state(runId)).toEqual(before);
  });

  it.each(badIds)("0.2.0 D51: %j is no run id", async (id) => {
    const world = newWorld();
    expect(await codeOf(world.runtime().start(idle, { id }))).toBe("invalid_id");
    expect((await world.store.list()).items).toEqual([]);
  });

  it.each(badIds)("0.2.0 D51: %j is no snapshot id", async (snapshotId) => {
    const world = newWorld();
    const run = await world.runtime().start(idle);
    const state = await run.state();
    const [ids, { clock }] = [sequentialIds(), world];
    const make = () => createSnapshot({ run: state, name: "n", snapshotId, ids, clock });
    expect(make).toThrow(expect.objectContaining({ code: "invalid_id" }));
    const store = new MemorySnapshotStore({ clock });
    const made = createSnapshot({ run: state, name: "n", ids, clock });
    expect(await codeOf(store.save({ ...made, snapshotId }))).toBe("invalid_id");
    expect((await store.list()).items).toEqual([]);
  });

  it.each(badIds)("0.2.0 D50: %j is no artifact id", async (artifactId) => {
    const store = new MemoryArtifactStore();
    expect(await codeOf(putText(store, "x", { artifactId }))).toBe("invalid_id");
    expect((await store.list()).items).toEqual([]);
  });

  it("0.2.0 D50: the same content under another run takes nothing away from the first", async () => {
    const store = new MemoryArtifactStore();
    const first = await putJson(store, { a: 1 }, { runId: "run-a" });
    const second = await putJson(store, { a: 1 }, { runId: "run-b" });
    expect(second.artifactId).toBe(first.artifactId);
    await store.releaseRun("run-b");
    const { items } = await store.list({ runId: "run-a" });
    expect(items.map(({ artifactId }) => artifactId)).toEqual([first.artifactId]);
    expect(await getJson(store, first.artifactId)).toEqual({ a: 1 });
  });

  it("0.2.0 D50: a given id never overwrites other content in silence", async () => {
    const store = new MemoryArtifactStore();
    await putText(store, "first", { artifactId: "mine" });
    expect(await codeOf(putText(store, "second", { artifactId: "mine" }))).toBe("artifact_exists");
  });

  it("0.2.0 D50: a search counts what it finds, not what it passes by", async () => {
    const store = new MemoryArtifactStore();
    for (let n = 0; n < 6; n += 1)
      await putText(store, `text ${n}`, { tags: { last: String(n === 0) } });
    const { items } = await store.list({ tags: { last: "true" }, limit: 3 });
    expect(items).toHaveLength(1);
  });

  it("0.2.0 D52: a snapshot holds the run as it was then, whatever becomes of it", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    const walk = defineWorkflow({
      id: "walk",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.n += 1;
          return goto("b");
        },
        b: (run) => complete(run.vars.n),
      },
    });
    const run = await runtime.start(walk, { vars: { n: 0 }, maxSteps: 1 });
    const store = new MemorySnapshotStore({ clock: world.clock });
    const { clock } = world;
    const made = createSnapshot({
      run: await run.state(),
      name: "halfway",
      ids: sequentialIds(),
      clock,
    });
    await store.save(made);
    await run.tick();
    const kept = await store.load(made.snapshotId);
    expect(kept?.runState).toMatchObject({ status: "running", currentNode: "b", vars: { n: 1 } });
    expect(await run.state()).toMatchObject({ status: "completed" });
  });

  it("0.2.0 D55: what was not given is asked for, and never kept in memory beside a durable store", async () => {
    const runtime = newWorld().runtime();
    expect(() => runtime.artifacts).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => runtime.snapshots).toThrow("pass a store in new Runtime({ snapshots })");
    const artifacts = new MemoryArtifactStore();
    const store = Object.assign(newWorld().store, { artifacts });
    expect(new Runtime({ store }).artifacts).toBe(artifacts);
  });

  it("0.2.0 D56: every effect handler is called alike, however its parameters are written", async () => {
    const seen: unknown[] = [];
    const forms = [
      (...all: unknown[]) => seen.push(all.length),
      () => seen.push("none"),
      (_payload: unknown, { attempt = 7, ...rest }: { attempt?: number } = {}) =>
        seen.push([attempt, "signal" in rest]),
    ];
    for (const perform of forms) {
      const effect = defineEffect({ type: "work", replay: "safe", perform });
      const run = await newWorld()
        .runtime({ effects: [effect] })
        .start(plans("work"));
      expect(await run.state()).toMatchObject({ status: "completed" });
    }
    expect(seen).toEqual([2, "none", [1, expect.any(Boolean)]]);
  });

  it("0.2.0 D61: a run has the session that its starter gives it", async () => {
    const run = await newWorld().runtime().start(idle, { sessionId: "s-1", actorId: "ar_1" });
    expect(await run.state()).toMatchObject({ sessionId: "s-1", actorId: "ar_1" });
    expect((await run.ledger())[0]).toMatchObject({ sessionId: "s-1", actorId: "ar_1" });
  });
});
