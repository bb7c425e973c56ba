import { describe, expect, it } from "vitest";
import { bundleOf, collected, linesOf, parsed, streamed } from "../../test/bundles.ts";
import { codeOf, handHeld, newWorld, type HandHeld, type World } from "../../test/world.ts";
import { getText, putText } from "../artifact/text-and-json.ts";
import { branches } from "../builtin/plan-children.ts";
import { askUser, startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { MemoryArtifactStore } from "../memory/memory-artifact-store.ts";
import { MemorySnapshotStore } from "../memory/memory-snapshot-store.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { randomIds } from "../ports/random-ids.ts";
import type { RunState } from "../run/run-state.ts";
import { createSnapshot } from "../snapshot/create-snapshot.ts";
import { complete } from "../step/plan-helpers.ts";
import { offload } from "../store/offload.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import { Runtime } from "./runtime.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

const asks = defineWorkflow({
  id: "asks",
  entry: "first",
  nodes: {
    first: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});
const listens = defineWorkflow({
  id: "listens",
  entry: "first",
  nodes: {
    first: () => waitEvent({ key: "a", resultKey: "a", next: "second" }),
    second: () => waitEvent({ key: "b", resultKey: "b", next: "last" }),
    last: (run) => complete([run.vars.a, run.vars.b]),
  },
});
const parent = defineWorkflow({
  id: "parent",
  entry: "first",
  nodes: {
    first: () => startSubworkflow({ workflow: "asks", resultKey: "child", next: "last" }),
    last: (run) => complete(run.vars.child),
  },
});
const works = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "last" }),
    last: (run) => complete(run.vars.r),
  },
});
const fans = defineWorkflow({
  id: "fans",
  entry: "first",
  nodes: {
    first: () =>
      branches({ node: "ask", each: [0, 1, 2], as: "n" }, { resultKey: "all", next: "last" }),
    ask: (run) => askUser({ prompt: "?", key: `k${run.vars.n}`, resultKey: "said", next: "said" }),
    said: (run) => complete(run.vars.said),
    last: (run) => complete(run.vars.all),
  },
});
const workflows = [asks, listens, parent, works, fans];

/** A place with all stores, and a runtime over them. */
interface Place {
  readonly store: MemoryStore;
  readonly artifacts: MemoryArtifactStore;
  readonly snapshots: MemorySnapshotStore;
  readonly runtime: Runtime;
}

function newPlace({ clock }: World, options: Partial<RuntimeOptions> = {}): Place {
  const store = new MemoryStore({ clock });
  const artifacts = new MemoryArtifactStore({ clock });
  const snapshots = new MemorySnapshotStore({ clock });
  const runtime = new Runtime({ store, artifacts, snapshots, clock, workflows, ...options });
  return { store, artifacts, snapshots, runtime };
}

/** Everything that a store knows of a run and those below it. */
async function known(store: MemoryStore, runId: string): Promise<readonly unknown[]> {
  const stored = await store.load(runId);
  const inbox = (await store.readInbox(runId)).map(({ message }) => message);
  const { items } = await store.listChildren(runId);
  const below = await Promise.all(items.map(({ run }) => known(store, run.runId)));
  return [stored?.run, await store.recordTexts(runId), inbox, below];
}

const bundle = (runtime: Runtime, runId: string): Promise<Uint8Array> =>
  collected(runtime.exportRun(runId));

describe("a run that is exported and imported", () => {
  it("is the same run elsewhere, and goes on there", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(listens, { id: "run", vars: { n: 1.5 }, actorId: "ann" });
    await here.runtime.emitEvent("a", "one");
    await here.runtime.emitEvent("b", "later", { runId: "run", drive: false });
    const there = newPlace(world);
    const before = await known(here.store, "run");
    const imported = await there.runtime.importRun(here.runtime.exportRun("run"));
    expect(imported).toEqual({
      runId: "run",
      runIds: ["run"],
      created: true,
      artifacts: 0,
      snapshots: 0,
    });
    expect(await known(there.store, "run")).toEqual(before);
    expect(await there.runtime.run("run")).toMatchObject({ output: ["one", "later"] });
    expect(await known(here.store, "run")).toEqual(before);
  });

  it("comes with what nobody had read, in order, also when it is paused", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(listens, { id: "run" });
    await here.runtime.pauseRun("run");
    await here.runtime.emitEvent("b", "for later", { runId: "run" });
    await here.runtime.emitEvent("a", "for now", { runId: "run" });
    const there = newPlace(world);
    await there.runtime.importRun(here.runtime.exportRun("run"));
    expect(await known(there.store, "run")).toEqual(await known(here.store, "run"));
    expect((await there.store.load("run"))?.head.wakeAt).toBeNull();
    expect(await there.runtime.unpauseRun("run")).toMatchObject({
      output: ["for now", "for later"],
    });
  });

  it("is due when its state says", async () => {
    const world = newWorld();
    const sleeps = defineWorkflow({
      id: "sleeps",
      entry: "first",
      nodes: { first: () => waitUntil({ afterMs: 5_000, next: "last" }), last: () => complete(1) },
    });
    const here = newPlace(world);
    await here.runtime.start(sleeps, { id: "sleeps" });
    await here.runtime.start(asks, { id: "asks" });
    await here.runtime.start(asks, { id: "new", drive: false });
    const there = newPlace(world);
    for (const id of ["sleeps", "asks", "new"]) {
      await there.runtime.importRun(here.runtime.exportRun(id));
      const [one, other] = [await here.store.load(id), await there.store.load(id)];
      expect(other?.head.wakeAt ?? null).toBe(
        id === "new" ? other?.run.updatedAt : one?.head.wakeAt,
      );
    }
  });

  it("has its effect under way treated as after a crash", async () => {
    const world = newWorld();
    const endOf = async (work: HandHeld): Promise<RunState> => {
      const here = newPlace(world, { effects: [work] });
      void here.runtime.start(works, { id: "run" });
      await world.settle();
      const there = newPlace(world, { effects: [work] });
      await there.runtime.importRun(here.runtime.exportRun("run"));
      const going = there.runtime.run("run");
      await world.settle();
      work.calls[1]?.resolve("again");
      return going;
    };
    expect(await endOf(handHeld({ type: "work" }))).toMatchObject({ output: "again" });
    const never = handHeld({ type: "work", replay: "never" });
    expect(await endOf(never)).toMatchObject({ waiting: { gate: "unknown_outcome" } });
    expect(never.calls).toHaveLength(1);
  });

  it("brings the runs below it, which tell it of their ends there", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const [child] = (await here.runtime.listRuns({ root: false })).items;
    const there = newPlace(world);
    const imported = await there.runtime.importRun(here.runtime.exportRun("top"));
    expect(imported.runIds).toEqual(["top", child?.runId]);
    expect(await known(there.store, "top")).toEqual(await known(here.store, "top"));
    await there.runtime.resume(child?.runId ?? "", "up", { waitKey: "k" });
    expect(await there.runtime.result("top")).toMatchObject({ output: "up" });
    expect((await here.runtime.getState("top")).status).toBe("waiting");
  });

  it("may be a child alone, whose parent stays behind", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const [child] = (await here.runtime.listRuns({ root: false })).items;
    const there = newPlace(world);
    await there.runtime.importRun(here.runtime.exportRun(child?.runId ?? ""));
    const done = await there.runtime.resume(child?.runId ?? "", "up", { waitKey: "k" });
    expect(done).toMatchObject({ status: "completed", parentRunId: "top" });
    expect((await there.runtime.listRuns()).items).toHaveLength(1);
  });

  it("goes on waiting for its branches, of which some had ended", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(fans, { id: "top" });
    const byKey = async (runtime: Runtime, key: string): Promise<string> =>
      (await runtime.listRuns({ waitKey: key })).items[0]?.runId ?? "";
    await here.runtime.resume(await byKey(here.runtime, "k1"), "one", { waitKey: "k1" });
    const there = newPlace(world);
    const imported = await there.runtime.importRun(here.runtime.exportRun("top"));
    expect(imported.runIds).toHaveLength(4);
    for (const key of ["k2", "k0"])
      await there.runtime.resume(await byKey(there.runtime, key), key, { waitKey: key });
    expect(await there.runtime.result("top")).toMatchObject({
      results: [{ output: "k0" }, { output: "one" }, { output: "k2" }],
    });
  });

  it("brings artifacts that it claims or names, and snapshots", async () => {
    const world = newWorld();
    const here = newPlace(world);
    const large = "x".repeat(200_000);
    const own = await putText(here.artifacts, large, { runId: "run", tags: { kind: "own" } });
    const named = await putText(here.artifacts, "named");
    const other = await putText(here.artifacts, "other", { runId: "other" });
    const called = await putText(here.artifacts, "called", { runId: "run", artifactId: "my-id" });
    const vars = { named: { $artifact: named.artifactId }, gone: { $artifact: "gone" } };
    await here.runtime.start(asks, { id: "run", vars });
    const run = await here.runtime.getState("run");
    const { clock } = world;
    const snapshot = createSnapshot({ run, name: "here", tags: ["t"], ids: randomIds, clock });
    await here.snapshots.save(snapshot);
    const there = newPlace(world);
    const imported = await there.runtime.importRun(here.runtime.exportRun("run"));
    expect(imported).toMatchObject({ artifacts: 3, snapshots: 1 });
    expect(await getText(there.artifacts, own.artifactId)).toBe(large);
    expect(await there.artifacts.head(own.artifactId)).toEqual(own);
    expect(await there.artifacts.head(called.artifactId)).toEqual(called);
    expect(await getText(there.artifacts, named.artifactId)).toBe("named");
    expect((await there.artifacts.head(named.artifactId))?.runId).toBe("run");
    expect(await there.artifacts.head(other.artifactId)).toBeUndefined();
    expect((await there.snapshots.list()).items).toEqual((await here.snapshots.list()).items);
  });

  it("keeps the claims of several runs on one artifact", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const [child] = (await here.runtime.listRuns({ root: false })).items;
    const runIds = ["top", child?.runId ?? ""];
    for (const runId of runIds)
      await putText(here.artifacts, "of both", { runId, tags: { of: runId } });
    const there = newPlace(world);
    await there.runtime.importRun(here.runtime.exportRun("top"));
    for (const runId of runIds)
      expect((await there.artifacts.list({ runId })).items).toMatchObject([
        { tags: { of: runId } },
      ]);
    expect((await there.artifacts.list()).items).toHaveLength(1);
  });

  it("gives the same bytes twice", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(fans, { id: "top" });
    await putText(here.artifacts, "content", { runId: "top" });
    const there = newPlace(world);
    const first = await bundle(here.runtime, "top");
    expect(await bundle(here.runtime, "top")).toEqual(first);
    await there.runtime.importRun(streamed(first));
    expect(await bundle(there.runtime, "top")).toEqual(first);
  });

  it("comes in pieces of any size, as bytes or text", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(asks, { id: "run", vars: { text: "é😀\u2028 \u0000" } });
    const bytes = await bundle(here.runtime, "run");
    for (const size of [1, 7, 1_000_000]) {
      const there = newPlace(world);
      await there.runtime.importRun(streamed(bytes, size));
      expect(await known(there.store, "run")).toEqual(await known(here.store, "run"));
    }
    const text = async function* (): AsyncGenerator<string, void, void> {
      yield Buffer.from(bytes).toString();
    };
    const { created } = await newPlace(world).runtime.importRun(text());
    expect(created).toBe(true);
  });

  it("is there once, however often it is imported", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(listens, { id: "run" });
    await putText(here.artifacts, "content", { runId: "run" });
    const early = await bundle(here.runtime, "run");
    await here.runtime.emitEvent("a", 1);
    const late = await bundle(here.runtime, "run");
    const there = newPlace(world);
    await there.runtime.importRun(streamed(late));
    await there.runtime.emitEvent("b", 2);
    const before = await known(there.store, "run");
    for (const again of [late, early])
      expect(await there.runtime.importRun(streamed(again))).toMatchObject({ created: false });
    expect(await known(there.store, "run")).toEqual(before);
    const behind = newPlace(world);
    await behind.runtime.importRun(streamed(early));
    expect(await codeOf(behind.runtime.importRun(streamed(late)))).toBe("run_exists");
  });

  it("is made once by two that import it at once", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const bytes = await bundle(here.runtime, "top");
    const there = newPlace(world);
    const both = await Promise.all(
      [0, 1].map(() => there.runtime.importRun(streamed(bytes), { paused: true })),
    );
    expect(both.filter(({ created }) => created)).toHaveLength(1);
    expect((await there.runtime.listRuns()).items).toHaveLength(2);
  });
});

describe("Runtime.exportRun", () => {
  it("pauses the run and those below it first, when it is asked to", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const there = newPlace(world);
    const { runIds } = await there.runtime.importRun(
      here.runtime.exportRun("top", { pause: true, by: "ann" }),
    );
    for (const { runtime } of [here, there])
      for (const runId of runIds) expect((await runtime.getState(runId)).paused).toBe(true);
    await there.runtime.unpauseRun("top", { children: true });
    await there.runtime.resume(runIds[1] ?? "", "up", { waitKey: "k" });
    expect(await there.runtime.result("top")).toMatchObject({ output: "up" });
  });

  it("says so when another process drives the run and has not read that it is to pause", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const here = newPlace(world, { effects: [work] });
    const driving = here.runtime.start(works, { id: "run" });
    await world.settle();
    const { store, clock } = { ...here, ...world, store: here.store };
    const other = new Runtime({ store, clock });
    expect(await codeOf(collected(other.exportRun("run", { pause: true })))).toBe("run_leased");
    await world.clock.advance(10_000);
    await driving;
    const there = newPlace(world, { effects: [work] });
    await there.runtime.importRun(other.exportRun("run", { pause: true }));
    expect(await there.runtime.getState("run")).toMatchObject({ paused: true });
  });

  it("exports runs that have ended, and pauses only what is alive below them", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(asks, { id: "run" });
    await here.runtime.resume("run", "done", { waitKey: "k" });
    const there = newPlace(world);
    await there.runtime.importRun(here.runtime.exportRun("run", { pause: true }));
    expect(await known(there.store, "run")).toEqual(await known(here.store, "run"));
    expect(await there.runtime.result("run")).toBe("done");
  });

  it("has no memory of what it exported: pieces stay small, however much there is", async () => {
    const world = newWorld();
    const here = newPlace(world);
    const megabyte = 500_000;
    await here.runtime.start(asks, { id: "run" });
    await here.artifacts.put(new Uint8Array(20 * megabyte).fill(7), { runId: "run" });
    let [size, largest] = [0, 0];
    for await (const piece of here.runtime.exportRun("run")) {
      size += piece.length;
      largest = Math.max(largest, piece.length);
    }
    expect(size).toBeGreaterThan(20 * megabyte);
    expect(largest).toBeLessThan(megabyte / 4);
    const there = newPlace(world);
    let largestPut = 0;
    const put = there.artifacts.put.bind(there.artifacts);
    there.artifacts.put = (content, artifact, options) =>
      put(
        (async function* () {
          for await (const piece of content as AsyncIterable<Uint8Array>) {
            largestPut = Math.max(largestPut, piece.length);
            yield piece;
          }
        })(),
        artifact,
        options,
      );
    await there.runtime.importRun(here.runtime.exportRun("run"), { maxBytes: 100_000 });
    expect(largestPut).toBeLessThan(megabyte / 10);
    expect((await there.artifacts.list()).items).toMatchObject([{ sizeBytes: 20 * megabyte }]);
  });

  it("moves a ledger of thousands of records", async () => {
    const world = newWorld();
    const count = defineWorkflow({
      id: "counts",
      entry: "step",
      nodes: {
        step: (run) => {
          run.vars.n = (run.vars.n ?? 0) + 1;
          return run.vars.n > 2_600
            ? askUser({ prompt: "?", key: "k", next: "last" })
            : { effect: { type: "tick", resultKey: "r" }, nextNode: "step" };
        },
        last: (run) => complete(run.vars.n),
      },
    });
    const tick = {
      ...handHeld({ type: "tick" }),
      perform: async () => ({ done: true }),
    };
    const here = newPlace(world, { effects: [tick] });
    await here.runtime.start(count, { id: "run" });
    expect((await here.runtime.getState("run")).seq).toBeGreaterThan(5_000);
    const there = newPlace(world, { effects: [tick], workflows: [count] });
    await there.runtime.importRun(here.runtime.exportRun("run"));
    expect(await known(there.store, "run")).toEqual(await known(here.store, "run"));
    expect(await there.runtime.resume("run", "on", { waitKey: "k" })).toMatchObject({
      output: 2_601,
    });
  });

  it("says what one moment said, though the run goes on meanwhile", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const [child] = (await here.runtime.listRuns({ root: false })).items;
    const before = await known(here.store, "top");
    const pieces: Uint8Array[] = [];
    const exporting = here.runtime.exportRun("top");
    const texts = here.store.recordTexts.bind(here.store);
    here.store.recordTexts = async (...args) => {
      here.store.recordTexts = texts;
      await here.runtime.resume(child?.runId ?? "", "meanwhile", { waitKey: "k" });
      return texts(...args);
    };
    for await (const piece of exporting) pieces.push(piece);
    expect((await here.runtime.getState("top")).status).toBe("completed");
    const there = newPlace(world);
    await there.runtime.importRun(streamed(Buffer.concat(pieces)));
    expect(await known(there.store, "top")).toEqual(before);
  });

  it("reads again what changed under it, and gives up when it never stands still", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const [child] = (await here.runtime.listRuns({ root: false })).items;
    const list = here.store.listChildren.bind(here.store);
    let calls = 0;
    let restless = 3;
    here.store.listChildren = async (...args) => {
      calls += 1;
      if (calls <= restless) await here.store.deliver(child?.runId ?? "", eventOf(calls));
      return list(...args);
    };
    const bytes = await bundle(here.runtime, "top");
    const there = newPlace(world);
    await there.runtime.importRun(streamed(bytes));
    expect(await there.store.readInbox(child?.runId ?? "")).toHaveLength(3);
    restless = Infinity;
    expect(await codeOf(bundle(here.runtime, "top"))).toBe("revision_conflict");
  });

  it("refuses runs that are not there, and options that there are not", async () => {
    const { runtime } = newPlace(newWorld());
    await runtime.start(asks, { id: "run" });
    expect(await codeOf(bundle(runtime, "nobody"))).toBe("run_not_found");
    const bad = [{ paused: true }, { pause: "yes" }, { by: 7 }, null] as const;
    for (const options of bad)
      expect(await codeOf(collected(runtime.exportRun("run", options as object)))).toBe(
        "invalid_argument",
      );
    const abort = AbortSignal.abort(new Error("enough"));
    await expect(collected(runtime.exportRun("run", { signal: abort }))).rejects.toThrow("enough");
    await runtime.close();
    expect(await codeOf(bundle(runtime, "run"))).toBe("runtime_closed");
  });

  it("exports nothing that its ledger does not say", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(asks, { id: "run" });
    const load = here.store.load.bind(here.store);
    here.store.load = async (...args) => {
      const stored = await load(...args);
      return stored && { ...stored, run: { ...stored.run, vars: { edited: true } } };
    };
    expect(await codeOf(bundle(here.runtime, "run"))).toBe("store_corrupt");
  });
});

function eventOf(n: number): Parameters<MemoryStore["deliver"]>[1] {
  return {
    kind: "event",
    messageId: `e${n}`,
    by: null,
    sentAt: "2026-01-01T00:00:00Z",
    key: "elsewhere",
    payload: n,
  };
}

describe("Runtime.importRun", () => {
  it("pauses what it imports when it is asked to", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(parent, { id: "top" });
    const bytes = await bundle(here.runtime, "top");
    const there = newPlace(world);
    const options = { paused: true, by: "bob" };
    const { runIds } = await there.runtime.importRun(streamed(bytes), options);
    for (const runId of runIds) {
      const stored = await there.store.load(runId);
      expect(stored).toMatchObject({ run: { paused: true }, head: { wakeAt: null } });
      const [last] = (await there.store.records(runId)).slice(-1);
      expect(last).toMatchObject({ kind: "paused", by: "bob", last: true });
      const texts = await here.store.recordTexts(runId);
      expect((await there.store.recordTexts(runId)).slice(0, -1)).toEqual(texts);
    }
    expect((await here.runtime.getState("top")).paused).toBe(false);
    expect(await there.runtime.importRun(streamed(bytes), options)).toMatchObject({
      created: false,
    });
    await there.runtime.unpauseRun("top", { children: true });
    await there.runtime.resume(runIds[1] ?? "", "up", { waitKey: "k" });
    expect(await there.runtime.result("top")).toMatchObject({ output: "up" });
  });

  it("moves runs between stores that offload, and no others", async () => {
    const world = newWorld();
    const newOffloading = (): { place: Place; runtime: Runtime } => {
      const place = newPlace(world);
      const store = offload(place.store, { artifacts: place.artifacts, thresholdBytes: 100 });
      const { artifacts, snapshots } = place;
      const { clock } = world;
      return { place, runtime: new Runtime({ store, artifacts, snapshots, clock, workflows }) };
    };
    const large = Array.from({ length: 50 }, (_, n) => `line ${n}`);
    const here = newOffloading();
    await here.runtime.start(asks, { id: "run", vars: { large, looks: "$offloaded:like one" } });
    const bytes = await bundle(here.runtime, "run");
    expect(linesOf(bytes).some((line) => line.includes("$offloaded:"))).toBe(true);
    const there = newOffloading();
    await there.runtime.importRun(streamed(bytes));
    expect(await there.runtime.getState("run")).toEqual(await here.runtime.getState("run"));
    expect(await known(there.place.store, "run")).toEqual(await known(here.place.store, "run"));
    expect(await there.runtime.resume("run", "on", { waitKey: "k" })).toMatchObject({
      output: "on",
    });
    const plain = newPlace(world);
    expect(await codeOf(plain.runtime.importRun(streamed(bytes)))).toBe("bundle_invalid");
    await plain.runtime.start(asks, { id: "plain" });
    const small = await bundle(plain.runtime, "plain");
    expect(await codeOf(there.runtime.importRun(streamed(small)))).toBe("bundle_invalid");
  });

  it("does not import what stands for values without the values", async () => {
    const world = newWorld();
    const place = newPlace(world);
    const store = offload(place.store, { artifacts: place.artifacts, thresholdBytes: 100 });
    const { artifacts } = place;
    const runtime = new Runtime({ store, artifacts, clock: world.clock, workflows });
    const large = [1, 2, 3].map((n) => String(n).repeat(500));
    await runtime.start(asks, { id: "run", vars: { large } });
    const lines = linesOf(await bundle(runtime, "run"));
    const ids = lines.flatMap((line) => parsed(line).artifact_id ?? []);
    expect(ids).toHaveLength(4);
    const target = newPlace(world);
    const offloading = offload(target.store, { artifacts: target.artifacts });
    const there = new Runtime({ store: offloading, artifacts: target.artifacts });
    for (const id of ids) {
      const from = lines.findIndex((line) => parsed(line).artifact_id === id);
      const without = lines.toSpliced(from, 3);
      expect(await codeOf(there.importRun(streamed(bundleOf(without))))).toBe("bundle_invalid");
    }
    expect((await target.store.list()).items).toEqual([]);
    await there.importRun(streamed(bundleOf(lines)));
    expect((await there.getState("run")).vars).toMatchObject({ large });
  });

  it("does not export a run whose values are lost", async () => {
    const world = newWorld();
    const { store: inner, artifacts } = newPlace(world);
    const store = offload(inner, { artifacts, thresholdBytes: 100 });
    const runtime = new Runtime({ store, artifacts, clock: world.clock, workflows });
    await runtime.start(asks, { id: "run", vars: { large: "x".repeat(500) } });
    const [{ artifactId } = { artifactId: "" }] = (await artifacts.list()).items;
    await artifacts.delete(artifactId);
    expect(await codeOf(bundle(runtime, "run"))).toBe("store_corrupt");
  });

  it("leaves a snapshot that is there as it is, and brings one that was left out", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(asks, { id: "run" });
    const run = await here.runtime.getState("run");
    const { clock } = world;
    const save = (name: string): ReturnType<MemorySnapshotStore["save"]> =>
      here.snapshots.save(createSnapshot({ run, name, ids: randomIds, clock }));
    const [one, two] = [await save("one"), await save("two")];
    const bytes = await bundle(here.runtime, "run");
    const there = newPlace(world);
    await there.snapshots.save({ ...one, name: "renamed" });
    expect(await there.runtime.importRun(streamed(bytes))).toMatchObject({ snapshots: 1 });
    expect((await there.snapshots.load(one.snapshotId))?.name).toBe("renamed");
    await there.snapshots.delete(two.snapshotId);
    expect(await there.runtime.importRun(streamed(bytes))).toMatchObject({
      created: false,
      snapshots: 1,
    });
  });

  it("refuses what it can't hold, and arguments that make no sense", async () => {
    const world = newWorld();
    const here = newPlace(world);
    await here.runtime.start(asks, { id: "run", vars: { large: "x".repeat(50_000) } });
    const bytes = await bundle(here.runtime, "run");
    const { runtime } = newPlace(world);
    const importing = (options: object): Promise<unknown> =>
      runtime.importRun(streamed(bytes), options);
    for (const maxBytes of [10_000, 60_000])
      expect(await codeOf(importing({ maxBytes }))).toBe("value_too_large");
    for (const options of [{ maxBytes: 0 }, { maxBytes: "1" }, { paused: 1 }, { pause: true }])
      expect(await codeOf(importing(options))).toBe("invalid_argument");
    const source = bytes as unknown as AsyncIterable<Uint8Array>;
    expect(await codeOf(runtime.importRun(source))).toBe("invalid_argument");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(importing({ signal })).rejects.toThrow("enough");
    expect((await runtime.listRuns()).items).toEqual([]);
  });

  it("passes on what its source throws, and lets the source go", async () => {
    const { runtime } = newPlace(newWorld());
    let closed = 0;
    const source = async function* (): AsyncGenerator<Uint8Array, void, void> {
      try {
        yield Buffer.from("{}\n");
        yield Buffer.from("{}\n");
      } finally {
        closed += 1;
      }
    };
    expect(await codeOf(runtime.importRun(source()))).toBe("bundle_invalid");
    expect(closed).toBe(1);
    const failing = async function* (): AsyncGenerator<Uint8Array, void, void> {
      yield Buffer.from("{");
      throw new Error("the disk is gone");
    };
    await expect(runtime.importRun(failing())).rejects.toThrow("the disk is gone");
  });
});
