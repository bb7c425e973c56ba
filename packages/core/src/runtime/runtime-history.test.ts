import { describe, expect, it } from "vitest";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import { askUser } from "../builtin/plan-waits.ts";
import { defineEffect } from "../effect/define-effect.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { MemorySnapshotStore } from "../memory/memory-snapshot-store.ts";
import { applyPatch } from "../json/patch.ts";
import { foldRun } from "../run/fold-run.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";

const count = defineEffect({
  type: "count",
  replay: "safe",
  perform: ({ n }: { n: number }) => ({ n }),
});

/** Counts to `vars.steps`, then asks. */
const counting = defineWorkflow({
  id: "counting",
  entry: "loop",
  nodes: {
    loop: (run) => {
      run.vars.n += 1;
      run.vars.seen.push(run.vars.n);
      return count(
        { n: run.vars.n },
        { resultKey: "last", next: run.vars.n < run.vars.steps ? "loop" : "ask" },
      );
    },
    ask: () => askUser({ prompt: "more?", resultKey: "answer", next: "end" }),
    end: (run) => complete(run.vars.answer),
  },
});

async function counted(world: World, steps = 3, id = "origin") {
  const snapshots = new MemorySnapshotStore({ clock: world.clock });
  const runtime = world.runtime({ effects: [count], snapshots });
  const run = await runtime.start(counting, { id, vars: { n: 0, steps, seen: [] } });
  return { runtime, run, snapshots };
}

describe("Runtime.stateAt", () => {
  it("is the fold of the ledger up to any record", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const records = await run.ledger();
    for (const { seq } of records)
      expect(await runtime.stateAt("origin", seq)).toEqual(foldRun(records.slice(0, seq)));
    expect(await run.stateAt(records.length)).toEqual(await run.state());
  });

  it("reads the prefix once, a part at a time, and nothing for the present", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world, 1_200);
    const { seq } = await run.state();
    const reads: number[] = [];
    const { store } = world;
    const records = store.records.bind(store);
    store.records = async (...args) => {
      const page = await records(...args);
      reads.push(page.length);
      return page;
    };
    await runtime.stateAt("origin", seq);
    expect(reads).toEqual([]);
    await runtime.stateAt("origin", 2_345);
    expect(reads).toEqual([1_000, 1_000, 345]);
  });

  it("gives what nobody can change", async () => {
    const { runtime } = await counted(newWorld());
    const state = await runtime.stateAt("origin", 4);
    expect(Object.isFrozen(state.vars["seen"])).toBe(true);
  });

  it.each([0, -1, 1.5, 99, Number.NaN, "3", null])("refuses record %j", async (seq) => {
    const { runtime } = await counted(newWorld());
    expect(await codeOf(runtime.stateAt("origin", seq as number))).toBe("invalid_argument");
  });

  it("refuses a run that is not there, or goes meanwhile", async () => {
    const world = newWorld();
    const { runtime } = await counted(world);
    expect(await codeOf(runtime.stateAt("nobody", 1))).toBe("run_not_found");
    world.store.records = async () => [];
    expect(await codeOf(runtime.stateAt("origin", 2))).toBe("run_not_found");
  });

  it("refuses what lies before an adoption, and folds from there", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const [, , ...rest] = await run.ledger();
    const adopted: LedgerRecord = {
      kind: "adopted",
      run: await run.stateAt(3),
      runId: "origin",
      seq: 3,
      revision: 2,
      commitId: "c",
      last: true,
      nodeId: "loop",
      startedAt: "2026-01-01T00:00:00.000Z",
      endedAt: "2026-01-01T00:00:00.000Z",
      actorId: null,
      sessionId: null,
    };
    const ledger = [adopted, ...rest.slice(1)];
    world.store.records = async (_runId, range) => {
      const { after = 0, limit = 100 } = range ?? {};
      return ledger.filter(({ seq }) => seq > after).slice(0, limit);
    };
    expect(await codeOf(runtime.stateAt("origin", 2))).toBe("invalid_argument");
    expect((await runtime.stateAt("origin", 3)).vars["n"]).toBe(1);
    expect((await runtime.stateAt("origin", 5)).vars["n"]).toBe(2);
  });
});

describe("Runtime.diff", () => {
  it("says what changed between two records of a run, and the records between", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const records = await run.ledger();
    const diff = await runtime.diff("origin", 2, 5);
    expect(diff).toMatchObject({
      from: { runId: "origin", seq: 2 },
      to: { runId: "origin", seq: 5 },
      sharedSeq: 2,
      vars: [
        { op: "replace", path: "/n", value: 2, old: 1 },
        { op: "add", path: "/seen/1", value: 2 },
        { op: "add", path: "/last", value: { n: 2 } },
      ],
      pending: { from: { stepId: "origin:1" }, to: null },
    });
    expect(diff).not.toHaveProperty("status");
    expect(diff.records).toEqual({ from: [], to: records.slice(2, 5) });
    const { vars } = await run.stateAt(2);
    expect(applyPatch(vars, diff.vars)).toEqual((await run.stateAt(5)).vars);
    expect(await run.diff(2, 5)).toEqual(diff);
  });

  it("goes back as well, and finds no difference in nothing", async () => {
    const { runtime, run } = await counted(newWorld());
    const back = await runtime.diff("origin", 9, 2);
    expect(back).toMatchObject({
      sharedSeq: 2,
      status: { from: "waiting", to: "running" },
      waiting: { from: { reason: "user" }, to: null },
      currentNode: { from: "ask", to: "loop" },
    });
    expect(back.records).toEqual({ from: (await run.ledger()).slice(2, 9), to: [] });
    expect(await runtime.diff("origin", 4, 4)).toEqual({
      from: { runId: "origin", seq: 4 },
      to: { runId: "origin", seq: 4 },
      sharedSeq: 4,
      vars: [],
      records: { from: [], to: [] },
    });
  });

  it("compares a fork with its origin from where they part, and two forks with each other", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const first = await run.fork({ effects: "ask", atSeq: 5, vars: { steps: 4 } });
    const second = await run.fork({ effects: "ask", atSeq: 3, vars: { steps: 1 } });
    const present = async ({ runId }: { runId: string }) => ({
      runId,
      seq: (await runtime.getState(runId)).seq,
    });
    const diff = await runtime.diff(await present(run), await present(first));
    expect(diff).toMatchObject({
      sharedSeq: 5,
      vars: [
        { path: "/n", old: 3, value: 4 },
        { path: "/steps", old: 3, value: 4 },
        { op: "add", path: "/seen/3", value: 4 },
        { path: "/last/n", old: 3, value: 4 },
      ],
    });
    expect(diff.records.from).toEqual((await run.ledger()).slice(5));
    expect(diff.records.to).toEqual((await first.ledger()).slice(5));
    expect((await runtime.diff(await present(first), await present(second))).sharedSeq).toBe(3);
    const early = await runtime.diff({ runId: first.runId, seq: 4 }, { runId: "origin", seq: 4 });
    expect(early).toMatchObject({ sharedSeq: 4, vars: [] });
    const apart = await runtime.diff({ runId: first.runId, seq: 3 }, { runId: "origin", seq: 5 });
    expect([apart.sharedSeq, apart.records.from.length, apart.records.to.length]).toEqual([
      3, 0, 2,
    ]);
    const other = await runtime.start(counting, { vars: { n: 0, steps: 3, seen: [] } });
    const strangers = await runtime.diff(await present(run), await present(other));
    expect([strangers.sharedSeq, strangers.vars]).toEqual([0, []]);
  });

  it("refuses what is no moment", async () => {
    const { runtime } = await counted(newWorld());
    expect(await codeOf(runtime.diff("nobody", 1, 2))).toBe("run_not_found");
    expect(await codeOf(runtime.diff("origin", 0, 2))).toBe("invalid_argument");
    expect(await codeOf(runtime.diff("origin", 1, 99))).toBe("invalid_argument");
    const moment = { runId: "origin", seq: 1 };
    expect(await codeOf(runtime.diff(moment, { runId: "nobody", seq: 1 }))).toBe("run_not_found");
    for (const bad of [null, 7, {}, { runId: 7, seq: 1 }])
      expect(await codeOf(runtime.diff(moment, bad as typeof moment))).toBe("invalid_argument");
  });
});

describe("Runtime.snapshot and restore", () => {
  it("keeps a run as it is, or was, where lists and searches find it", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const now = await run.snapshot({ name: "before asking", tags: ["Demo"], description: "all" });
    const then = await runtime.snapshot("origin", { name: "early", atSeq: 3, snapshotId: "early" });
    expect(now).toMatchObject({ runId: "origin", stepId: "origin:4", runState: { seq: 9 } });
    expect(then).toMatchObject({ snapshotId: "early", runState: { seq: 3, vars: { n: 1 } } });
    const { items } = await runtime.snapshots.list({ tag: "demo", runId: "origin" });
    expect(items).toEqual([now]);
    await runtime.snapshot("origin", { name: "early again", atSeq: 4, snapshotId: "early" });
    expect((await runtime.snapshots.list({ text: "EARLY" })).items).toHaveLength(1);
  });

  it("goes on from a snapshot as a fork at that place", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const { snapshotId } = await run.snapshot({ name: "early", atSeq: 3 });
    const before = await world.store.recordTexts("origin");
    const again = await runtime.restore(snapshotId, {
      effects: "ask",
      vars: { steps: 2 },
      by: "ann",
    });
    expect(await again.state()).toMatchObject({
      origin: { runId: "origin", seq: 3 },
      vars: { n: 2, seen: [1, 2] },
    });
    expect((await again.ledger())[3]).toMatchObject({ kind: "forked", by: "ann", seq: 4 });
    expect((await world.store.recordTexts(again.runId)).slice(0, 3)).toEqual(before.slice(0, 3));
    expect(await world.store.recordTexts("origin")).toEqual(before);
    await world.state(again.runId);
  });

  it("goes on from a snapshot of what a fork copied, under the fork's name", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const fork = await run.fork({ effects: "ask", id: "fork" });
    const { snapshotId, runId } = await fork.snapshot({ name: "copied", atSeq: 2 });
    expect(runId).toBe("fork");
    const again = await runtime.restore(snapshotId, { effects: "rerun" });
    expect((await again.state()).origin).toEqual({ runId: "fork", seq: 2 });
    expect(await world.kinds(again.runId)).toEqual([
      "created",
      "begun",
      "forked",
      "begun",
      "completed",
      "begun",
      "completed",
      "begun",
      "completed",
      "begun",
      "waiting",
    ]);
  });

  it("goes on from the snapshot alone when its run is purged, or another has its id", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const open = await run.snapshot({ name: "open", atSeq: 2 });
    const waits = await run.snapshot({ name: "waits" });
    const waitId = (await run.state()).waiting?.waitId ?? "";
    await run.cancel();
    await world.clock.advance(60_000);
    await runtime.purge({ olderThanMs: 1_000 });
    for (const id of [undefined, "origin"]) {
      if (id !== undefined)
        await runtime.start(counting, { id, vars: { n: 0, steps: 9, seen: [] } });
      const asked = await runtime.restore(open.snapshotId, { effects: "recorded" });
      expect((await asked.state()).waiting?.gate).toBe("unknown_outcome");
      const rerun = await runtime.restore(open.snapshotId, { effects: "rerun" });
      expect(await rerun.state()).toMatchObject({ vars: { n: 3 }, waiting: { prompt: "more?" } });
      const again = await runtime.restore(waits.snapshotId, { effects: "ask", vars: { extra: 1 } });
      const state = await world.state(again.runId);
      expect(state).toMatchObject({
        origin: { runId: "origin", seq: 9 },
        vars: { n: 3, extra: 1 },
        waiting: { stepId: `${again.runId}:4` },
      });
      expect(state.waiting?.waitId).not.toBe(waitId);
      expect((await world.kinds(again.runId)).slice(0, 2)).toEqual(["adopted", "forked"]);
      await again.resume("yes", { waitId: state.waiting?.waitId ?? "" });
      expect(await again.result()).toBe("yes");
      const second = await again.fork({ effects: "ask", atSeq: 2 });
      expect((await world.state(second.runId)).waiting?.prompt).toBe("more?");
    }
  });

  it("is one run for one id", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const { snapshotId } = await run.snapshot({ name: "s", atSeq: 3 });
    const options = { effects: "ask", id: "again" } as const;
    await runtime.restore(snapshotId, options);
    await runtime.restore(snapshotId, options);
    expect((await world.store.list()).items).toHaveLength(2);
    const other = await run.snapshot({ name: "t", atSeq: 4 });
    expect(await codeOf(runtime.restore(other.snapshotId, options))).toBe("run_exists");
  });

  it("refuses what is not there, has ended, or has no name", async () => {
    const world = newWorld();
    const { runtime, run } = await counted(world);
    const options = { effects: "ask" } as const;
    expect(await codeOf(runtime.restore("nothing", options))).toBe("snapshot_not_found");
    expect(await codeOf(runtime.snapshot("nobody", { name: "n" }))).toBe("run_not_found");
    for (const bad of [
      { name: "" },
      { name: "n", atSeq: 99 },
      { name: "n", tags: "tag" },
      { name: "n", description: 7 },
      { name: "n", seq: 3 },
    ])
      expect(await codeOf(runtime.snapshot("origin", bad as never))).toBe("invalid_argument");
    expect(await codeOf(runtime.snapshot("origin", { name: "n", snapshotId: "a/b" }))).toBe(
      "invalid_id",
    );
    await run.cancel();
    const { snapshotId } = await run.snapshot({ name: "the end" });
    expect(await codeOf(runtime.restore(snapshotId, options))).toBe("run_ended");
    expect((await runtime.snapshots.list()).items).toHaveLength(1);
  });
});
