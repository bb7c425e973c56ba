import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld, type World } from "../../test/world.ts";
import { putText } from "../artifact/text-and-json.ts";
import { artifactRef } from "../artifact/artifact-ref.ts";
import { startSubworkflows } from "../builtin/plan-children.ts";
import { askUser, startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { defineEffect } from "../effect/define-effect.ts";
import { EffectError } from "../effect/effect-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { MemoryArtifactStore } from "../memory/memory-artifact-store.ts";
import { complete, goto } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const note = defineEffect({
  type: "note",
  replay: "idempotent",
  perform: ({ text }: { text: string }, { idempotencyKey }) => ({ text, key: idempotencyKey }),
});

/** Notes a word, asks a person about it, and completes with both. */
const talk = defineWorkflow({
  id: "talk",
  entry: "begin",
  nodes: {
    begin: (run) => note({ text: run.vars.word }, { resultKey: "noted", next: "ask" }),
    ask: (run) =>
      askUser({ prompt: `${run.vars.noted.text}?`, resultKey: "answers.last", next: "done" }),
    done: (run) => complete({ noted: run.vars.noted.text, answer: run.vars.answers.last }),
  },
});

const ask = { effects: "ask" } as const;

/** A run of `talk` that waits for its answer. */
async function talking(world: World) {
  const runtime = world.runtime({ effects: [note] });
  const run = await runtime.start(talk, { id: "origin", vars: { word: "tea" }, actorId: "ann" });
  return { runtime, run, waitId: (await run.state()).waiting?.waitId ?? "" };
}

/** All that a store says of a run. */
async function allOf({ store }: World, runId: string): Promise<unknown> {
  return [await store.load(runId), await store.recordTexts(runId), await store.readInbox(runId)];
}

function kindsOf(records: readonly LedgerRecord[]): readonly string[] {
  return records.map(({ kind, runId }) => `${runId} ${kind}`);
}

describe("Runtime.fork", () => {
  it("copies a run to the letter, under names of its own, and leaves the origin as it was", async () => {
    const world = newWorld();
    const { runtime, run, waitId } = await talking(world);
    const before = await allOf(world, "origin");
    const fork = await run.fork({ ...ask, id: "fork", by: "eve" });
    expect(await allOf(world, "origin")).toEqual(before);
    const state = await world.state("fork");
    expect(state).toMatchObject({
      status: "waiting",
      origin: { runId: "origin", seq: 5 },
      actorId: "ann",
      vars: { word: "tea", noted: { text: "tea" } },
      waiting: { stepId: "fork:2", waitKey: "user:fork:ask", waitKeys: ["user:fork:ask"] },
      revision: 3,
      seq: 6,
    });
    expect(state.nonce).not.toBe((await world.state("origin")).nonce);
    expect(state.waiting?.waitId).not.toBe(waitId);
    const texts = await world.store.recordTexts("fork");
    expect(texts.slice(0, 5)).toEqual(await world.store.recordTexts("origin"));
    const [forked] = (await fork.ledger()).slice(5);
    expect(forked).toMatchObject({
      kind: "forked",
      runId: "fork",
      by: "eve",
      origin: { runId: "origin", seq: 5 },
      originCommitId: (await run.ledger())[4]?.commitId,
    });
    expect(await codeOf(runtime.resume("fork", "late", { waitId }))).toBe("wait_id_mismatch");
    await runtime.resume("origin", "no", { waitId });
    await fork.resume("yes", { waitId: state.waiting?.waitId ?? "" });
    expect(await run.result()).toEqual({ noted: "tea", answer: "no" });
    expect(await fork.result()).toEqual({ noted: "tea", answer: "yes" });
    expect((await world.state("fork")).status).toBe("completed");
  });

  it("revives a run that has ended at any moment before its end, and refuses the end", async () => {
    const world = newWorld();
    const { runtime, run, waitId } = await talking(world);
    await run.resume("yes", { waitId });
    const { seq } = await run.state();
    expect(await codeOf(runtime.fork("origin", ask))).toBe("run_ended");
    expect(await codeOf(runtime.fork("origin", { ...ask, atSeq: seq }))).toBe("run_ended");
    for (let atSeq = 1; atSeq < seq; atSeq += 1) {
      const fork = await runtime.fork("origin", { effects: "rerun", atSeq });
      const state = await world.state(fork.runId);
      if (state.status === "waiting") await fork.resume("again", { waitId: state.waiting.waitId });
      expect(await fork.result()).toEqual({ noted: "tea", answer: atSeq < 6 ? "again" : "yes" });
      expect((await world.state(fork.runId)).origin).toEqual({ runId: "origin", seq: atSeq });
    }
    expect((await world.store.list()).items).toHaveLength(seq);
  });

  it("never reuses what an effect gave the origin: the fork asks under keys of its own", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const fork = await run.fork({ effects: "rerun", atSeq: 1 });
    const [mine, theirs] = [await fork.state(), await run.state()];
    expect(mine.vars["noted"]).toMatchObject({ text: "tea", key: expect.any(String) });
    expect(mine.vars["noted"]).not.toEqual(theirs.vars["noted"]);
  });

  it("lets a node decide anew with other vars, also inside of a commit", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const records = await run.ledger();
    expect(records.map(({ kind }) => kind)).toEqual([
      "created",
      "begun",
      "completed",
      "begun",
      "waiting",
    ]);
    const fork = await run.fork({ ...ask, atSeq: 3, vars: { "noted.text": "cake", extra: [1] } });
    expect(await fork.state()).toMatchObject({
      vars: { word: "tea", noted: { text: "cake", key: expect.any(String) }, extra: [1] },
      waiting: { prompt: "cake?" },
    });
    expect(kindsOf(await fork.ledger())).toEqual([
      "origin created",
      "origin begun",
      "origin completed",
      ...["forked", "begun", "waiting"].map((kind) => `${fork.runId} ${kind}`),
    ]);
    await world.state(fork.runId);
  });

  it("evaluates a built-in effect that stands between its intent and its wait", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const fork = await run.fork({ ...ask, atSeq: 4, vars: { "noted.text": "not looked at" } });
    const state = await world.state(fork.runId);
    expect(state).toMatchObject({
      status: "waiting",
      waiting: { prompt: "tea?", waitKey: `user:${fork.runId}:ask`, stepId: `${fork.runId}:2` },
    });
    expect(kindsOf((await fork.ledger()).slice(4))).toEqual(
      ["forked", "begun", "waiting"].map((kind) => `${fork.runId} ${kind}`),
    );
    await fork.resume("ok", { waitId: state.waiting?.waitId ?? "" });
    expect(await fork.result()).toEqual({ noted: "not looked at", answer: "ok" });
  });

  it("may fork a fork, before and after its own records begin", async () => {
    const world = newWorld();
    const { runtime, run } = await talking(world);
    const first = await run.fork({ ...ask, id: "first", vars: { generation: 1 } });
    const { seq } = await first.state();
    for (const atSeq of [1, 3, 5, seq]) {
      const second = await runtime.fork("first", { ...ask, atSeq, vars: { "names.second": true } });
      const state = await world.state(second.runId);
      expect(state).toMatchObject({
        origin: { runId: "first", seq: atSeq },
        status: "waiting",
        vars: { names: { second: true } },
        waiting: { waitKey: `user:${second.runId}:ask` },
      });
      expect(state.vars["generation"]).toBe(atSeq === seq ? 1 : undefined);
      await second.resume("x", { waitId: state.waiting?.waitId ?? "" });
      expect(await second.result()).toMatchObject({ answer: "x" });
    }
  });

  it("keeps timers and timeouts where they were, and the kinds of waits", async () => {
    const world = newWorld();
    const sleepy = defineWorkflow({
      id: "sleepy",
      entry: "sleep",
      nodes: {
        sleep: () => waitUntil({ afterMs: 60_000, resultKey: "slept", next: "listen" }),
        listen: () => waitEvent({ key: "bell", timeoutMs: 10_000, resultKey: "bell", next: "end" }),
        end: (run) => complete(run.vars.bell),
      },
    });
    const runtime = world.runtime();
    const run = await runtime.start(sleepy);
    const fork = await run.fork(ask);
    const [mine, theirs] = [await fork.state(), await run.state()];
    expect(mine.waiting?.until).toBe(theirs.waiting?.until);
    await world.clock.advance(60_000);
    await Promise.all([run.tick(), fork.tick()]);
    const late = await run.fork(ask);
    expect((await late.state()).waiting).toMatchObject({
      waitKeys: ["bell"],
      timeout: (await run.state()).waiting?.timeout,
    });
    await runtime.emitEvent("bell", "ding");
    expect([await run.result(), await fork.result(), await late.result()]).toEqual([
      "ding",
      "ding",
      "ding",
    ]);
  });

  it("meets an event that was kept for its wait", async () => {
    const world = newWorld();
    const listens = defineWorkflow({
      id: "listens",
      entry: "listen",
      nodes: {
        listen: () => waitEvent({ key: "bell", resultKey: "bell", next: "end" }),
        end: (run) => complete(run.vars.bell),
      },
    });
    const runtime = world.runtime();
    const run = await runtime.start(listens);
    await run.cancel();
    await runtime.emitEvent("bell", "kept");
    const seq = (await run.ledger()).findIndex(({ kind }) => kind === "cancelled");
    const fork = await run.fork({ ...ask, atSeq: seq });
    expect(await fork.result()).toBe("kept");
  });

  it("goes on where the origin is paused or backs off, with all attempts anew", async () => {
    const world = newWorld();
    let broken = true;
    const calls: number[] = [];
    const flaky = defineEffect({
      type: "flaky",
      replay: "safe",
      retry: { maxAttempts: 2, baseMs: 1_000, jitter: 0 },
      perform: (_payload: object, { attempt }) => {
        calls.push(attempt);
        if (broken) throw new EffectError("down");
        return "up";
      },
    });
    const tries = defineWorkflow({
      id: "tries",
      entry: "a",
      nodes: {
        a: () => flaky({}, { resultKey: "r", next: "b" }),
        b: (run) => complete(run.vars.r),
      },
    });
    const run = await world.runtime({ effects: [flaky] }).start(tries);
    await run.pause();
    broken = false;
    const fork = await run.fork(ask);
    expect(await fork.result()).toBe("up");
    expect(calls).toEqual([1, 1]);
    expect(await world.state(run.runId)).toMatchObject({ paused: true, status: "running" });
  });

  it("leaves the fork to others when it is told not to drive", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const fork = await run.fork({ ...ask, atSeq: 3, drive: false });
    expect(await fork.state()).toMatchObject({ status: "running", seq: 4 });
    const { head } = (await world.store.load(fork.runId)) ?? {};
    expect(head?.wakeAt).toBe(new Date(world.clock.now()).toISOString());
    expect(await fork.tick()).toMatchObject({ status: "waiting" });
  });

  it("is one run for one id, as often as it is asked for", async () => {
    const world = newWorld();
    const { runtime, run, waitId } = await talking(world);
    const options = { ...ask, id: "fork", vars: { extra: 1 } };
    await run.fork(options);
    await run.resume("yes", { waitId });
    const again = await run.fork(options);
    expect(await again.state()).toMatchObject({ seq: 6, origin: { seq: 5 } });
    await run.fork({ ...options, atSeq: 5 });
    for (const other of [
      { ...options, atSeq: 4 },
      { ...options, vars: { extra: 2 } },
      { ...options, vars: undefined },
      { ...options, id: "origin", atSeq: 3 },
    ])
      expect(await codeOf(run.fork(other))).toBe("run_exists");
    const start = runtime.start(talk, { id: "fork", vars: { word: "tea" } });
    expect(await codeOf(start)).toBe("run_exists");
  });

  it("makes one run of two calls at once", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const options = { ...ask, id: "fork", atSeq: 3 };
    await Promise.all([
      run.fork(options),
      world.runtime({ workflows: [talk], effects: [note] }).fork("origin", options),
    ]);
    expect((await world.state("fork")).status).toBe("waiting");
    expect((await world.store.list()).items).toHaveLength(2);
  });

  it("checks vars by the workflow's schema, and takes what it makes of them", async () => {
    const world = newWorld();
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (given: unknown) => {
          const { n, ...rest } = given as { n?: unknown };
          const issues = Object.keys(rest).map((key) => ({ message: "unknown", path: [key] }));
          if (Number.isNaN(Number(n))) issues.push({ message: "no number", path: ["n"] });
          return issues.length > 0 ? { issues } : { value: { n: Number(n) } };
        },
      },
    };
    const strict = defineWorkflow({
      id: "strict",
      entry: "wait",
      vars: schema,
      nodes: {
        wait: () => askUser({ prompt: "?", next: "end" }),
        end: (run) => complete((run.vars as { n: number }).n),
      },
    });
    const runtime = world.runtime();
    const run = await runtime.start(strict, { vars: { n: "1" } });
    expect((await (await run.fork({ ...ask, vars: { n: "5" } })).state()).vars["n"]).toBe(5);
    expect(await codeOf(run.fork({ ...ask, vars: { n: "x" } }))).toBe("schema_mismatch");
    expect(await codeOf(run.fork({ ...ask, vars: { m: 1 } }))).toBe("schema_mismatch");
    const limited = await run.fork({ ...ask, vars: { "_limits.max_tokens": 5 } });
    expect((await limited.state()).vars).toMatchObject({ n: 1, _limits: { max_tokens: 5 } });
    const bad = run.fork({ ...ask, vars: { "_limits.budget_cost": "lots" } });
    expect(await codeOf(bad)).toBe("invalid_argument");
  });

  it("keeps the artifacts that its state refers to when the origin is purged", async () => {
    const world = newWorld();
    const artifacts = new MemoryArtifactStore({ clock: world.clock });
    const { artifactId } = await putText(artifacts, "long text", { runId: "origin" });
    const own = await putText(artifacts, "other", { runId: "origin", artifactId: "by-name" });
    const runtime = world.runtime({ effects: [note], artifacts });
    const vars = {
      word: "tea",
      doc: artifactRef(artifactId),
      list: [{ inner: artifactRef(own.artifactId) }, artifactRef("0".repeat(32))],
    };
    const run = await runtime.start(talk, { id: "origin", vars });
    const fork = await run.fork(ask);
    await run.cancel();
    await world.clock.advance(60_000);
    await runtime.purge({ olderThanMs: 1_000 });
    expect((await artifacts.list({ runId: fork.runId })).items).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ artifactId, contentType: "text/plain" }),
        expect.objectContaining({ artifactId: "by-name" }),
      ]),
    );
  });

  it("refuses before anything is written when nobody here can drive it", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const stranger = world.runtime();
    expect(await codeOf(stranger.fork("origin", ask))).toBe("workflow_not_registered");
    const vars = { word: "x" };
    expect(await codeOf(stranger.fork("origin", { ...ask, vars, drive: false }))).toBe(
      "workflow_not_registered",
    );
    expect((await world.store.list()).items).toHaveLength(1);
    const fork = await stranger.fork("origin", { ...ask, drive: false });
    expect((await fork.state()).status).toBe("waiting");
    expect((await run.state()).seq).toBe(5);
  });
});

describe("Runtime.fork while an effect is under way", () => {
  const replays = ["safe", "idempotent", "never"] as const;

  /** A run whose effect is out, and nobody has ended it. */
  async function working(replay: (typeof replays)[number]) {
    const world = newWorld();
    const work = handHeld({ type: "work", replay });
    const works = defineWorkflow({
      id: "works",
      entry: "a",
      nodes: {
        a: () => ({ effect: { type: "work", payload: { n: 1 }, resultKey: "r" }, nextNode: "b" }),
        b: (run) => complete(run.vars.r),
      },
    });
    const runtime = world.runtime({ effects: [work], workflows: [works] });
    const run = await runtime.start(works, { id: "origin", drive: false });
    void runtime.run("origin").catch(() => undefined);
    await world.settle();
    expect(work.calls).toHaveLength(1);
    const { seq } = await run.state();
    const end = async (): Promise<void> => {
      work.calls[0]?.resolve("done");
      await world.settle();
      expect(await run.result()).toBe("done");
    };
    return { world, runtime, run, work, seq, end };
  }

  it.each(replays)("%s, rerun: performs it again, under the fork's own names", async (replay) => {
    const { world, run, work, end } = await working(replay);
    const fork = await run.fork({ effects: "rerun", drive: false });
    const state = await world.state(fork.runId);
    expect(state).toMatchObject({
      status: "running",
      pending: {
        phase: "ready",
        stepId: `${fork.runId}:1`,
        attempt: 1,
        effect: { payload: { n: 1 } },
      },
    });
    expect(state.pending?.idempotencyKey).not.toBe(work.calls[0]?.context.idempotencyKey);
    const driving = fork.run();
    await world.settle();
    expect(work.calls.map(({ context }) => context.runId)).toEqual(["origin", fork.runId]);
    expect(work.calls[1]?.context.idempotencyKey).toBe(state.pending?.idempotencyKey);
    work.calls[1]?.resolve("mine");
    expect((await driving).output).toBe("mine");
    await end();
  });

  it.each(
    replays.flatMap((replay) =>
      (["recorded", "ask"] as const).map((effects) => ({ replay, effects })),
    ),
  )("$replay, $effects: asks while nobody knows the end", async ({ replay, effects }) => {
    const { world, run, work, end } = await working(replay);
    const fork = await run.fork({ effects });
    const state = await world.state(fork.runId);
    expect(state).toMatchObject({
      pending: { phase: "ready", stepId: `${fork.runId}:1` },
      waiting: {
        gate: "unknown_outcome",
        stepId: `${fork.runId}:1`,
        details: {
          effect: "work",
          idempotency_key: work.calls[0]?.context.idempotencyKey,
          origin: { run_id: "origin", step_id: "origin:1" },
        },
      },
    });
    await fork.settle(state.waiting?.waitId ?? "", { happened: "settled" });
    expect(await fork.result()).toBe("settled");
    expect(work.calls).toHaveLength(1);
    await end();
  });

  it.each(replays)("%s, recorded: takes the end that the origin's ledger has", async (replay) => {
    const { world, runtime, run, work, seq, end } = await working(replay);
    await end();
    const ended = (await run.ledger()).find(({ kind }) => kind === "completed");
    const fork = await runtime.fork("origin", { effects: "recorded", atSeq: seq, id: "fork" });
    expect(await fork.result()).toBe("done");
    expect(work.calls).toHaveLength(1);
    expect((await fork.ledger()).slice(seq, seq + 2)).toMatchObject([
      { kind: "forked", revision: ((await run.ledger())[seq - 1]?.revision ?? 0) + 1, last: false },
      {
        kind: "completed",
        runId: "fork",
        stepId: "fork:1",
        result: "done",
        origin: { runId: "origin", seq: ended?.seq },
        last: true,
      },
    ]);
    await world.state("fork");
    const asked = await runtime.fork("origin", { ...ask, atSeq: seq });
    expect((await asked.state()).waiting?.gate).toBe("unknown_outcome");
  });

  it("recorded: takes what somebody settled, through retries, and in a fork of a fork", async () => {
    const world = newWorld();
    let calls = 0;
    const pay = defineEffect({
      type: "pay",
      replay: "never",
      perform: () => {
        calls += 1;
        throw new Error("connection reset");
      },
    });
    const pays = defineWorkflow({
      id: "pays",
      entry: "a",
      nodes: {
        a: () => pay({}, { resultKey: "receipt", next: "b" }),
        b: (run) => complete(run.vars.receipt),
      },
    });
    const runtime = world.runtime({ effects: [pay] });
    const run = await runtime.start(pays, { id: "origin" });
    const gate = await run.state();
    const begun = (await run.ledger()).findLast(({ kind }) => kind === "begun")?.seq ?? 0;
    const first = await run.fork({ ...ask, id: "first", atSeq: begun });
    const [mine] = [await first.state()];
    await first.settle(mine.waiting?.waitId ?? "", { happened: "first receipt" });
    await run.settle(gate.waiting?.waitId ?? "", { happened: "receipt" });
    for (const atSeq of [begun, begun + 1, begun + 2]) {
      const fork = await run.fork({ effects: "recorded", atSeq });
      expect([atSeq, await fork.result()]).toEqual([atSeq, "receipt"]);
    }
    const second = await first.fork({ effects: "recorded", atSeq: begun });
    expect(await second.result()).toBe("first receipt");
    expect(calls).toBe(1);
    const rerun = await run.fork({ effects: "rerun", atSeq: begun + 1 });
    expect((await rerun.state()).waiting?.gate).toBe("unknown_outcome");
    expect(calls).toBe(2);
  });

  it("recorded: asks when the origin failed, was cancelled, or waits for an answer", async () => {
    const world = newWorld();
    const bad = defineEffect({
      type: "bad",
      replay: "safe",
      perform: () => {
        throw new EffectError("no", { final: true });
      },
    });
    const fails = defineWorkflow({
      id: "fails",
      entry: "a",
      nodes: {
        a: () => bad({}, { resultKey: "r", next: "b" }),
        b: (run) => complete(run.vars.r),
      },
    });
    const runtime = world.runtime({ effects: [bad] });
    const run = await runtime.start(fails);
    const fork = await run.fork({ effects: "recorded", atSeq: 2 });
    expect((await fork.state()).waiting?.gate).toBe("unknown_outcome");
    const again = await fork.settle((await fork.state()).waiting?.waitId ?? "", "give_up");
    expect(again).toMatchObject({ status: "failed" });
    await world.state(fork.runId);
    // After its failure and before its end, the run stands at the node, which plans anew.
    const retried = await run.fork({ effects: "recorded", atSeq: 3 });
    expect(await retried.state()).toMatchObject({ status: "failed", seq: 7 });
  });

  it("keeps a stuck gate, under a name of its own", async () => {
    const world = newWorld();
    const { run } = await talking(world);
    const idle = await run.fork({ ...ask, atSeq: 3, drive: false, id: "idle" });
    for (let n = 0; n < 12; n += 1) {
      await world.store.claimDue({
        owner: "o",
        leaseMs: 1,
        limit: 1,
        leaseIds: [`l${n}`],
        runIds: ["idle"],
      });
      await world.clock.advance(10);
    }
    expect((await idle.tick()).waiting?.gate).toBe("stuck");
    const fork = await idle.fork({ effects: "rerun" });
    const { waiting } = await fork.state();
    expect(waiting?.gate).toBe("stuck");
    expect(waiting?.waitId).not.toBe((await idle.state()).waiting?.waitId);
    await fork.settle(waiting?.waitId ?? "", "not_happened");
    expect((await fork.state()).waiting?.prompt).toBe("tea?");
  });
});

describe("Runtime.fork of families", () => {
  const child = defineWorkflow({
    id: "child",
    entry: "ask",
    nodes: {
      ask: () => askUser({ prompt: "child?", resultKey: "answer", next: "end" }),
      end: (run) => complete(`${run.vars.item ?? ""}${run.vars.answer}`),
    },
  });

  /** Answers every child of a run that waits. */
  async function answerChildren(world: World, parentRunId: string, answer: string) {
    const runtime = world.runtime({ workflows: [child, parent, many] });
    const { items } = await world.store.listChildren(parentRunId);
    for (const { run } of items)
      if (run.waiting !== null)
        await runtime.resume(run.runId, answer, { waitId: run.waiting.waitId });
  }

  const parent = defineWorkflow({
    id: "parent",
    entry: "start",
    nodes: {
      start: (run) => {
        run.vars.passed = (run.vars.passed ?? 0) + 1;
        return startSubworkflow({
          workflow: "child",
          vars: { item: "it:" },
          resultKey: "c",
          next: "end",
        });
      },
      end: (run) => complete({ output: run.vars.c.output, passed: run.vars.passed }),
    },
  });

  const many = defineWorkflow({
    id: "many",
    entry: "start",
    nodes: {
      start: () =>
        startSubworkflows(
          { workflow: "child", each: ["a", "b", "c"], as: "item" },
          { maxConcurrency: 2, resultKey: "c", next: "end" },
        ),
      end: (run) => complete(run.vars.c.results.map(({ output }: { output: string }) => output)),
    },
  });

  it("begins a child that is waited for anew, as the fork's own", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [child] });
    const run = await runtime.start(parent, { id: "origin" });
    const fork = await run.fork({ ...ask, id: "fork" });
    const [mine, theirs] = [await world.state("fork"), await world.state("origin")];
    expect(mine.waiting?.details?.["sub_run_id"]).not.toBe(theirs.waiting?.details?.["sub_run_id"]);
    expect((await world.store.listChildren("origin")).items).toHaveLength(1);
    expect((await world.store.listChildren("fork")).items).toHaveLength(1);
    await answerChildren(world, "origin", "no");
    expect((await fork.state()).status).toBe("waiting");
    await answerChildren(world, "fork", "yes");
    expect(await run.result()).toEqual({ output: "it:no", passed: 1 });
    expect(await fork.result()).toEqual({ output: "it:yes", passed: 1 });
    const later = await run.fork({ ...ask, atSeq: (await run.ledger()).length - 2 });
    await answerChildren(world, later.runId, "later");
    expect(await later.result()).toEqual({ output: "it:later", passed: 1 });
    await world.state(later.runId);
  });

  it("begins all children of a join anew, some at a time", async () => {
    const world = newWorld();
    const run = await world.runtime({ workflows: [child] }).start(many, { id: "origin" });
    await answerChildren(world, "origin", "1");
    const ids = [];
    for (let atSeq = 2; atSeq <= (await run.state()).seq; atSeq += 1) {
      const fork = await run.fork({ ...ask, atSeq });
      expect((await world.store.listChildren(fork.runId)).items).toHaveLength(2);
      for (let n = 0; n < 2; n += 1) await answerChildren(world, fork.runId, "2");
      expect(await fork.result()).toEqual(["a2", "b2", "c2"]);
      await world.state(fork.runId);
      ids.push(fork.runId);
    }
    expect(ids.length).toBeGreaterThan(2);
    await answerChildren(world, "origin", "1");
    expect(await run.result()).toEqual(["a1", "b1", "c1"]);
  });

  it("makes a run without a parent of a child, which tells nobody of its end", async () => {
    const world = newWorld();
    const run = await world.runtime({ workflows: [child] }).start(parent, { id: "origin" });
    const [own] = (await world.store.listChildren("origin")).items;
    const fork = await world.runtime({ workflows: [child] }).fork(own?.run.runId ?? "", ask);
    const state = await fork.state();
    expect(state).toMatchObject({ parent: null, parentRunId: null, depth: 0 });
    await fork.resume("alone", { waitId: state.waiting?.waitId ?? "" });
    expect(await fork.result()).toBe("it:alone");
    expect((await run.state()).status).toBe("waiting");
    expect(await world.store.readInbox("origin")).toEqual([]);
    await answerChildren(world, "origin", "own");
    expect(await run.result()).toMatchObject({ output: "it:own" });
  });

  it("does not cancel the origin's children with the fork", async () => {
    const world = newWorld();
    const run = await world.runtime({ workflows: [child] }).start(parent, { id: "origin" });
    const fork = await run.fork(ask);
    await fork.cancel();
    const [mine] = (await world.store.listChildren(fork.runId)).items;
    const [theirs] = (await world.store.listChildren("origin")).items;
    expect([mine?.run.status, theirs?.run.status]).toEqual(["cancelled", "waiting"]);
  });
});

describe("Runtime.fork of runs that go nowhere", () => {
  it("stands where many gotos were passed", async () => {
    const world = newWorld();
    const counts = defineWorkflow({
      id: "counts",
      entry: "a",
      nodes: {
        a: (run) => {
          run.vars.n = (run.vars.n ?? 0) + 1;
          return run.vars.n >= 2_500 ? goto("end") : goto("a");
        },
        end: (run) => complete(run.vars.n),
      },
    });
    const run = await world.runtime().start(counts);
    const kinds = await world.kinds(run.runId);
    expect(kinds).toEqual(["created", "moved", "moved", "ended"]);
    const fork = await run.fork({ ...ask, atSeq: 2, vars: { n: 2_400 } });
    expect(await fork.result()).toBe(2_500);
    expect((await fork.ledger()).length).toBe(4);
  });
});
