import {
  askUser,
  complete,
  defineEffect,
  defineWorkflow,
  MemorySnapshotStore,
  type EffectContext,
} from "@abstractruntime/core";
import { foldRun } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { newWorld } from "../../../core/test/world.ts";

/** A run that asks twice and looks something up after each answer, and the keys of all look-ups. */
async function halfway() {
  const world = newWorld();
  const calls: Pick<EffectContext, "runId" | "idempotencyKey">[] = [];
  const lookUp = defineEffect({
    type: "look_up",
    replay: "idempotent",
    perform: (_payload: { word: string }, { runId, idempotencyKey }) => {
      calls.push({ runId, idempotencyKey });
      return `${runId}, look-up ${calls.length}`;
    },
  });
  const interview = defineWorkflow({
    id: "interview",
    entry: "first",
    nodes: {
      first: () => lookUp({ word: "same" }, { resultKey: "found.first", next: "ask" }),
      ask: () => askUser({ prompt: "go on?", resultKey: "answer", next: "second" }),
      second: () => lookUp({ word: "same" }, { resultKey: "found.second", next: "done" }),
      done: (run) => complete(run.vars.found),
    },
  });
  const snapshots = new MemorySnapshotStore({ clock: world.clock });
  const runtime = world.runtime({ effects: [lookUp], snapshots });
  const run = await runtime.start(interview, { id: "run" });
  const snapshot = await run.snapshot({ name: "before the answer", tags: ["demo"] });
  await run.resume("yes", { waitId: (await run.state()).waiting?.waitId ?? "" });
  return { world, runtime, run, snapshot, calls };
}

describe("restoring a snapshot", () => {
  it("0.2.0 D52: is a verb, which finds the snapshot and goes on from it", async () => {
    const { runtime, snapshot } = await halfway();
    const { items } = await runtime.snapshots.list({ tag: "demo" });
    const restored = await runtime.restore(items[0]?.snapshotId ?? "", { effects: "ask" });
    const { waiting, vars } = await restored.state();
    expect(vars).toEqual(snapshot.runState.vars);
    await restored.resume("again", { waitId: waiting?.waitId ?? "" });
    expect(await restored.result()).toEqual({
      first: "run, look-up 1",
      second: `${restored.runId}, look-up 3`,
    });
  });

  it("0.2.0 D53: does its own work, and reuses nothing of the life that went on", async () => {
    const { runtime, snapshot, calls } = await halfway();
    const restored = await runtime.restore(snapshot.snapshotId, { effects: "ask" });
    await restored.resume("again", { waitId: (await restored.state()).waiting?.waitId ?? "" });
    expect(calls.map(({ runId }) => runId)).toEqual(["run", "run", restored.runId]);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
  });

  it("0.2.0 D53: begins a ledger of its own, marked where the lives part", async () => {
    const { world, runtime, run, snapshot } = await halfway();
    const before = [await world.store.load("run"), await world.store.recordTexts("run")];
    const restored = await runtime.restore(snapshot.snapshotId, { effects: "ask", by: "ann" });
    await restored.resume("again", { waitId: (await restored.state()).waiting?.waitId ?? "" });
    expect([await world.store.load("run"), await world.store.recordTexts("run")]).toEqual(before);
    const { seq } = snapshot.runState;
    const ledger = await restored.ledger();
    expect(ledger.slice(0, seq)).toEqual((await run.ledger()).slice(0, seq));
    expect(ledger[seq]).toMatchObject({
      kind: "forked",
      runId: restored.runId,
      origin: { runId: "run", seq },
      by: "ann",
    });
    expect(ledger.slice(seq).every(({ runId }) => runId === restored.runId)).toBe(true);
    expect(foldRun(ledger)).toEqual(await restored.state());
  });
});
