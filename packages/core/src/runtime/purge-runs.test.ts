import { describe, expect, it } from "vitest";
import { putText } from "../artifact/text-and-json.ts";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import { askUser, startSubworkflow } from "../builtin/plan-waits.ts";
import { MemoryArtifactStore } from "../memory/memory-artifact-store.ts";
import { MemorySnapshotStore } from "../memory/memory-snapshot-store.ts";
import { randomIds } from "../ports/random-ids.ts";
import { createSnapshot } from "../snapshot/create-snapshot.ts";
import { complete, fail } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Runtime } from "./runtime.ts";

const done = defineWorkflow({ id: "done", entry: "a", nodes: { a: () => complete(1) } });
const fails = defineWorkflow({
  id: "fails",
  entry: "a",
  nodes: { a: () => fail("no") },
});
const asks = defineWorkflow({
  id: "asks",
  entry: "first",
  nodes: {
    first: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});
/** Starts a child that ends at once, and then asks; so it lives on when the child has ended. */
const parent = defineWorkflow({
  id: "parent",
  entry: "first",
  nodes: {
    first: () => startSubworkflow({ workflow: "asks", resultKey: "child", next: "after" }),
    after: () => askUser({ prompt: "?", key: "after", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});
const hourMs = 3_600_000;

async function idsOf(runtime: Runtime): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { runId } of runtime.runs()) ids.push(runId);
  return ids.toSorted();
}

/** Runs that end an hour apart: the last one now. */
async function startEnded(world: World, runtime: Runtime, ids: readonly string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    if (index > 0) await world.clock.advance(hourMs);
    await runtime.start(id.startsWith("bad") ? fails : done, { id });
  }
}

describe("Runtime.purge", () => {
  it("removes what ended before an instant, or longer ago than so many milliseconds", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await startEnded(world, runtime, ["a", "b", "c", "d"]);
    expect(await runtime.purge({ olderThanMs: 3 * hourMs })).toEqual({ runIds: [], artifacts: 0 });
    expect(await runtime.purge({ olderThanMs: 3 * hourMs - 1 })).toMatchObject({ runIds: ["a"] });
    const endedBefore = (await runtime.getState("c")).updatedAt;
    expect(await runtime.purge({ endedBefore })).toMatchObject({ runIds: ["b"] });
    expect(await runtime.purge({ olderThanMs: 0 })).toMatchObject({ runIds: ["c"] });
    expect(await idsOf(runtime)).toEqual(["d"]);
    expect(await codeOf(runtime.getState("a"))).toBe("run_not_found");
    expect(await runtime.getLedger("a")).toEqual([]);
  });

  it("keeps what it is told to keep", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await startEnded(world, runtime, ["a", "bad-1", "b", "bad-2", "c", "d"]);
    await world.clock.advance(1);
    const dry = async (options: object): Promise<readonly string[]> =>
      (await runtime.purge({ olderThanMs: 0, dryRun: true, ...options })).runIds;
    expect(await dry({})).toEqual(["a", "bad-1", "b", "bad-2", "c", "d"]);
    expect(await dry({ keepFailed: true })).toEqual(["a", "b", "c", "d"]);
    expect(await dry({ keepFailed: false })).toHaveLength(6);
    expect(await dry({ statuses: ["failed"] })).toEqual(["bad-1", "bad-2"]);
    expect(await dry({ statuses: [] })).toEqual([]);
    expect(await dry({ statuses: ["completed", "cancelled"], keepFailed: true })).toHaveLength(4);
    expect(await dry({ workflowId: "fails" })).toEqual(["bad-1", "bad-2"]);
    expect(await dry({ keepLatest: 2 })).toEqual(["a", "bad-1", "b", "bad-2"]);
    expect(await dry({ keepLatest: 2, keepFailed: true })).toEqual(["a", "b"]);
    expect(await dry({ keepLatest: 1, workflowId: "fails" })).toEqual(["bad-1"]);
    expect(await dry({ keepLatest: 6 })).toEqual([]);
    expect(await dry({ keepLatest: 7_000 })).toEqual([]);
    expect(await dry({ keepLatest: 0 })).toHaveLength(6);
    expect(await dry({ keepLatest: 1, olderThanMs: 3 * hourMs })).toEqual(["a", "bad-1", "b"]);
    expect(await dry({ limit: 2 })).toEqual(["a", "bad-1"]);
    expect(await idsOf(runtime)).toHaveLength(6);
  });

  it("does what the dry run said", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    await startEnded(world, runtime, ["a", "bad-1", "b", "bad-2", "c"]);
    await world.clock.advance(1);
    const options = { olderThanMs: 0, keepFailed: true, keepLatest: 1 };
    const { runIds } = await runtime.purge({ ...options, dryRun: true });
    expect(await runtime.purge(options)).toMatchObject({ runIds });
    expect(await idsOf(runtime)).toEqual(["bad-1", "bad-2", "c"]);
  });

  it("goes on over thousands of runs, as far as its limit", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (let n = 0; n < 2_300; n += 1) await runtime.start(done, { id: `run-${n}` });
    await world.clock.advance(1);
    expect((await runtime.purge({ olderThanMs: 0, limit: 1_100 })).runIds).toHaveLength(1_100);
    expect((await runtime.purge({ olderThanMs: 0 })).runIds).toHaveLength(1_200);
    expect(await idsOf(runtime)).toEqual([]);
  });

  it("stops between batches when it is told to", async () => {
    const world = newWorld();
    const runtime = world.runtime();
    for (let n = 0; n < 1_500; n += 1) await runtime.start(done);
    await world.clock.advance(1);
    const abort = new AbortController();
    const reason = new Error("enough");
    const artifacts = new MemoryArtifactStore();
    const release = artifacts.releaseRun.bind(artifacts);
    artifacts.releaseRun = (runId) => {
      abort.abort(reason);
      return release(runId);
    };
    const janitor = world.runtime({ artifacts });
    const call = janitor.purge({ olderThanMs: 0, signal: abort.signal });
    await expect(call).rejects.toBe(reason);
    expect(await idsOf(runtime)).toHaveLength(500);
  });

  it("removes artifacts that no other run claims, and keeps snapshots", async () => {
    const world = newWorld();
    const artifacts = new MemoryArtifactStore({ clock: world.clock });
    const snapshots = new MemorySnapshotStore({ clock: world.clock });
    const runtime = world.runtime({ artifacts, snapshots });
    await startEnded(world, runtime, ["a", "b"]);
    const shared = await putText(artifacts, "of both", { runId: "a" });
    await putText(artifacts, "of both", { runId: "b" });
    const own = await putText(artifacts, "of one", { runId: "a" });
    const nobodys = await putText(artifacts, "of nobody in particular");
    const { clock } = world;
    const run = await runtime.getState("a");
    await snapshots.save(createSnapshot({ run, name: "kept", ids: randomIds, clock }));
    expect(await runtime.purge({ olderThanMs: 1, dryRun: true })).toMatchObject({ artifacts: 0 });
    expect(await runtime.purge({ olderThanMs: 1 })).toEqual({ runIds: ["a"], artifacts: 1 });
    expect(await artifacts.head(own.artifactId)).toBeUndefined();
    for (const { artifactId } of [shared, nobodys])
      expect(await artifacts.head(artifactId)).toBeDefined();
    expect((await snapshots.list({ runId: "a" })).items).toHaveLength(1);
  });

  it("keeps a child for as long as its parent waits for it", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asks, parent] });
    await runtime.start(parent, { id: "top" });
    const [child] = (await runtime.listRuns({ root: false })).items;
    await runtime.pauseRun("top");
    await runtime.resume(child!.runId, "yes", { waitKey: "k" });
    await world.clock.advance(365 * 24 * hourMs);
    expect(await runtime.purge({ olderThanMs: 0 })).toMatchObject({ runIds: [] });
    expect(await runtime.unpauseRun("top")).toMatchObject({ waiting: { waitKey: "after" } });
    expect(await runtime.purge({ olderThanMs: 0 })).toMatchObject({ runIds: [child!.runId] });
    expect(await runtime.resume("top", "on", { waitKey: "after" })).toMatchObject({ output: "on" });
    await world.state("top");
  });

  it("takes a family with its root, and never the child alone", async () => {
    const world = newWorld();
    const runtime = world.runtime({ workflows: [asks, parent] });
    await runtime.start(parent, { id: "top" });
    const [child] = (await runtime.listRuns({ root: false })).items;
    await runtime.resume(child!.runId, "yes", { waitKey: "k" });
    await runtime.resume("top", "on", { waitKey: "after" });
    await world.clock.advance(1);
    expect(await runtime.purge({ olderThanMs: 0, workflowId: "asks" })).toMatchObject({
      runIds: [],
    });
    expect(await runtime.purge({ olderThanMs: 0, workflowId: "parent" })).toMatchObject({
      runIds: [child!.runId, "top"],
    });
  });

  const bad: readonly (readonly [unknown, string, string])[] = [
    [{}, "invalid_argument", "one of endedBefore and olderThanMs"],
    [{ endedBefore: "2026-01-01T00:00:00Z", olderThanMs: 1 }, "invalid_argument", "one of"],
    [{ endedBefore: "yesterday" }, "invalid_instant", "yesterday"],
    [{ endedBefore: 5 }, "invalid_instant", "5"],
    [{ olderThanMs: -1 }, "invalid_argument", "olderThanMs"],
    [{ olderThanMs: Number.NaN }, "invalid_argument", "olderThanMs"],
    [{ olderThanMs: "1d" }, "invalid_argument", "olderThanMs"],
    [{ olderThanMs: 0, statuses: ["running"] }, "invalid_argument", "purge.statuses[0]"],
    [{ olderThanMs: 0, statuses: "failed" }, "invalid_argument", "purge.statuses"],
    [{ olderThanMs: 0, statuses: ["failed"], keepFailed: true }, "invalid_argument", "keepFailed"],
    [{ olderThanMs: 0, keepFailed: "yes" }, "invalid_argument", "purge.keepFailed"],
    [{ olderThanMs: 0, keepLatest: -1 }, "invalid_argument", "purge.keepLatest"],
    [{ olderThanMs: 0, keepLatest: 1.5 }, "invalid_argument", "purge.keepLatest"],
    [{ olderThanMs: 0, limit: 0 }, "invalid_argument", "purge.limit"],
    [{ olderThanMs: 0, workflowId: 7 }, "invalid_argument", "purge.workflowId"],
    [{ olderThanMs: 0, dryRun: 1 }, "invalid_argument", "purge.dryRun"],
    [{ olderThanMs: 0, workflow: "a" }, "invalid_argument", "purge.workflow"],
    [null, "invalid_argument", "purge: give an object"],
  ];
  it.each(bad)("refuses %j and removes nothing", async (options, code, says) => {
    const world = newWorld();
    const runtime = world.runtime();
    await runtime.start(done, { id: "run" });
    await world.clock.advance(hourMs);
    const call = runtime.purge(options as { readonly olderThanMs: number });
    await expect(call).rejects.toThrow(says);
    expect(await codeOf(call)).toBe(code);
    expect(await idsOf(runtime)).toEqual(["run"]);
  });

  it("refuses a runtime that was closed", async () => {
    const runtime = newWorld().runtime();
    await runtime.close();
    expect(await codeOf(runtime.purge({ olderThanMs: 0 }))).toBe("runtime_closed");
  });
});
