import { createReadStream, createWriteStream } from "node:fs";
import { cp, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  askUser,
  branches,
  type BundleSource,
  type BundleTarget,
  complete,
  defineWorkflow,
  exportRun,
  importRun,
  isEnded,
  MemoryArtifactStore,
  MemorySnapshotStore,
  MemoryStore,
  putText,
  Runtime,
  startSubworkflow,
} from "@abstractruntime/core";
import { moved, newAdopted, newEvent, newImport } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { lockFile } from "../src/folder/file-names.ts";
import { type CrashPointName, FileStore, verifyStore } from "../src/index.ts";
import { copyOf, freshFolder } from "./fresh-folder.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures/python-0.2.0");

const asks = defineWorkflow({
  id: "asks",
  entry: "first",
  nodes: {
    first: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});
const family = defineWorkflow({
  id: "family",
  entry: "first",
  nodes: {
    first: () =>
      branches({ node: "ask", each: [0, 1, 2], as: "n" }, { resultKey: "all", next: "alone" }),
    ask: (run) => askUser({ prompt: "?", key: `k${run.vars.n}`, resultKey: "said", next: "said" }),
    said: (run) => complete(run.vars.said),
    alone: () => startSubworkflow({ workflow: "asks", resultKey: "child", next: "last" }),
    last: (run) => complete([run.vars.all, run.vars.child]),
  },
});
const workflows = [asks, family];

type Place = BundleSource & BundleTarget;

/** A store with those beside it, or with new ones. */
function placeOf(store: MemoryStore | FileStore): Place {
  if (store instanceof FileStore)
    return { store, artifacts: store.artifacts, snapshots: store.snapshots };
  return { store, artifacts: new MemoryArtifactStore(), snapshots: new MemorySnapshotStore() };
}

async function collected(bundle: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bundle) pieces.push(piece);
  return Buffer.concat(pieces);
}

const bundleOf = (store: FileStore, runId: string): Promise<Buffer> =>
  collected(exportRun(placeOf(store), runId));

async function* streamed(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

/** A memory store with a family of five runs, one of which has ended, and what belongs to them. */
async function sample(): Promise<{ readonly bundle: Buffer; readonly runIds: readonly string[] }> {
  const store = new MemoryStore();
  const artifacts = new MemoryArtifactStore();
  const snapshots = new MemorySnapshotStore();
  const runtime = new Runtime({ store, artifacts, snapshots, workflows });
  await runtime.start(family, {
    id: "top",
    vars: { text: "é\u2028😀", n: 4.5e-5, list: ["10", "9"] },
  });
  const second = (await runtime.listRuns({ waitKey: "k1" })).items[0]?.runId ?? "";
  await runtime.resume(second, "one", { waitKey: "k1" });
  await store.deliver("top", newEvent("later"));
  await putText(artifacts, "content", { runId: "top" });
  const runIds: string[] = [];
  for await (const { runId } of runtime.runs()) runIds.push(runId);
  return { bundle: await collected(runtime.exportRun("top")), runIds: runIds.toSorted() };
}

/** A bundle's lines, without when it was made and its digest. */
function contentOf(bundle: Buffer): readonly string[] {
  const [header = "", ...lines] = bundle.toString().split("\n");
  const { exported_at: _, ...rest } = JSON.parse(header) as Record<string, unknown>;
  return [JSON.stringify(rest), ...lines.slice(0, -2)];
}

describe("a bundle and files", () => {
  it("comes from memory, goes to files and back, and is the same to the letter", async () => {
    const { bundle, runIds } = await sample();
    const dir = await freshFolder();
    const store = await FileStore.open(dir);
    expect(await importRun(placeOf(store), streamed(bundle))).toMatchObject({ created: true });
    expect(contentOf(await bundleOf(store, "top"))).toEqual(contentOf(bundle));
    await store.close();
    expect((await verifyStore(dir)).problems).toEqual([]);
    await using again = await FileStore.open(dir);
    const fromFiles = await bundleOf(again, "top");
    expect(contentOf(fromFiles)).toEqual(contentOf(bundle));
    for (const runId of runIds) {
      const lines = await readFile(join(dir, `ledger_${runId}.jsonl`), "utf8");
      expect(bundle.toString()).toContain(lines);
    }
    const memory = placeOf(new MemoryStore());
    await importRun(memory, streamed(fromFiles));
    expect(contentOf(await collected(exportRun(memory, "top")))).toEqual(contentOf(bundle));
  });

  it("is a file that a pipeline writes and reads, and its runs go on", async () => {
    const dir = await freshFolder();
    const file = join(dir, "bundle.jsonl");
    const { bundle } = await sample();
    await using here = new Runtime({ store: await FileStore.open(await freshFolder()), workflows });
    await here.importRun(streamed(bundle));
    await pipeline(here.exportRun("top", { pause: true }), createWriteStream(file));
    await using there = new Runtime({
      store: await FileStore.open(await freshFolder()),
      workflows,
    });
    await there.importRun(createReadStream(file));
    await there.unpauseRun("top", { children: true });
    for (const key of ["k0", "k2"]) {
      const [run] = (await there.listRuns({ waitKey: key })).items;
      await there.resume(run?.runId ?? "", key, { waitKey: key });
    }
    const [last] = (await there.listRuns({ waitKey: "k" })).items;
    await there.resume(last?.runId ?? "", "alone", { waitKey: "k" });
    const output = await there.result("top");
    expect(JSON.stringify(output)).toContain('"one"');
    expect(output[1]).toMatchObject({ output: "alone" });
    expect((await here.getState("top")).paused).toBe(true);
  });

  it("holds a fork, whose first records are another run's", async () => {
    await using here = new Runtime({ store: await FileStore.open(await freshFolder()), workflows });
    await here.start(asks, { id: "run" });
    const fork = await here.fork("run", { effects: "rerun", id: "fork", vars: { mine: 1 } });
    const texts = await here.store.recordTexts("fork");
    expect(texts.slice(0, 2)).toEqual((await here.store.recordTexts("run")).slice(0, 2));
    for (const store of [new MemoryStore(), await FileStore.open(await freshFolder())]) {
      await using there = new Runtime({ store, workflows });
      await there.importRun(here.exportRun("fork"));
      expect(await there.store.recordTexts("fork")).toEqual(texts);
      expect(await there.getState("fork")).toEqual(await fork.state());
      expect(await there.resume("fork", "on", { waitKey: "k" })).toMatchObject({ output: "on" });
    }
  });
});

describe("a bundle of a run that 0.2.0 wrote", () => {
  /** Every run of the folder that can be read, each in a store of its own afterwards. */
  async function moveAll(options: { readonly adopts: boolean }): Promise<number> {
    const here = await FileStore.open(await copyOf(join(fixtures, "store")));
    const runtime = new Runtime({ store: here, closesStore: false });
    let count = 0;
    for await (const run of runtime.runs()) {
      if (options.adopts && !isEnded(run)) await runtime.pauseRun(run.runId);
      const texts = await here.recordTexts(run.runId);
      const before = await runtime.getState(run.runId);
      const bundle = await bundleOf(here, run.runId);
      for (const there of [new MemoryStore(), await FileStore.open(await freshFolder())]) {
        await importRun(placeOf(there), streamed(bundle));
        expect((await there.recordTexts(run.runId)).slice(0, texts.length)).toEqual(texts);
        const after = (await there.load(run.runId))?.run;
        const { seq: _seq, revision: _revision, ...rest } = before;
        expect(after).toMatchObject(rest);
        const again = await importRun(placeOf(there), streamed(bundle));
        expect(again.created).toBe(false);
        await there.close();
      }
      count += 1;
    }
    await here.close();
    return count;
  }

  it("has its lines to the letter, once the run was adopted", async () => {
    expect(await moveAll({ adopts: true })).toBeGreaterThan(5);
  }, 120_000);

  it("is adopted where it is imported, if it was not before", async () => {
    expect(await moveAll({ adopts: false })).toBeGreaterThan(5);
  }, 120_000);
});

describe("an import that is cut off", () => {
  /** The folder as a crash would leave it at each point of a write. */
  async function copiesOf(
    write: (store: FileStore) => Promise<unknown>,
  ): Promise<readonly (readonly [CrashPointName, string])[]> {
    const [dir, copies] = [await freshFolder(), await freshFolder()];
    const taken: (readonly [CrashPointName, string])[] = [];
    const crashPoint = async (name: CrashPointName): Promise<void> => {
      const copy = join(copies, `${taken.length}`);
      taken.push([name, copy]);
      await cp(dir, copy, { recursive: true });
      await rename(join(copy, lockFile), join(copy, "lock-of-the-dead"));
    };
    await using store = await FileStore.open(dir, { crashPoint });
    await write(store);
    return taken;
  }

  it("leaves all runs or none, at every point of its writes, and succeeds when it is repeated", async () => {
    const { bundle, runIds } = await sample();
    const copies = await copiesOf((store) => importRun(placeOf(store), streamed(bundle)));
    const names = new Set(copies.map(([name]) => name));
    for (const name of ["intent:written", "commit:synced", "intent:children", "checkpoint:renamed"])
      expect(names).toContain(name);
    let whole = 0;
    for (const [, dir] of copies) {
      await using store = await FileStore.open(dir);
      const ids = (await store.list()).items.map(({ run }) => run.runId).toSorted();
      expect([[], runIds]).toContainEqual(ids);
      whole += ids.length > 0 ? 1 : 0;
      const { created } = await importRun(placeOf(store), streamed(bundle));
      expect(created).toBe(ids.length === 0);
      expect(contentOf(await bundleOf(store, "top"))).toEqual(contentOf(bundle));
      expect((await readdir(dir)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeLessThan(copies.length);
  }, 120_000);

  it("brings children with the lines that they came with, those of 0.2.0 among them", async () => {
    const lines = [
      '{"run_id": "child", "step_id": "s", "node_id": "a", "status": "started", "result": 4.5e-05, "started_at": "2025-12-31T00:00:00+00:00"}',
    ];
    const child = newAdopted(lines, { runId: "child", parentRunId: "top", commits: [[moved()]] });
    const top = newImport({ runId: "top", commits: [[moved()]], children: [child] });
    let found = 0;
    for (const [, dir] of await copiesOf((store) => store.create(top))) {
      await using store = await FileStore.open(dir);
      const isThere = (await store.load("top")) !== undefined;
      const texts = await Promise.all(["top", "child"].map((id) => store.recordTexts(id)));
      expect(texts).toEqual(isThere ? [top.texts, child.texts] : [[], []]);
      found += isThere ? 1 : 0;
    }
    expect(found).toBeGreaterThan(2);
  });
});
