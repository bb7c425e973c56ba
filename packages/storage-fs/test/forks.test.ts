import * as nodeFs from "node:fs/promises";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  askUser,
  complete,
  defineEffect,
  defineWorkflow,
  Runtime,
  toMermaid,
} from "@abstractruntime/core";
import {
  foldRun,
  type LedgerRecord,
  type NewRun,
  type RunState,
} from "@abstractruntime/core/store";
import {
  begun,
  completed,
  ended,
  moved,
  newFork,
  newRun,
  nextChange,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { nodeFileSystem } from "../src/folder/file-system.ts";
import { type CrashPointName, FileStore, verifyStore } from "../src/index.ts";
import { copyOf, freshFolder, sampleClock } from "./fresh-folder.ts";

const clock = sampleClock;

/** A run of `commits` commits beside the first, of two records each. */
async function history(store: FileStore, commits: number): Promise<readonly LedgerRecord[]> {
  let { stored } = await store.create(newRun({ runId: "origin" }));
  for (let n = 1; n <= commits; n += 1) {
    const records = n % 2 === 1 ? [moved({ n }), begun(n)] : [completed(n - 1, n), moved({ n })];
    await store.commit(nextChange(stored, { records }));
    const next = await store.load("origin");
    if (next === undefined) throw new TypeError("it is gone");
    stored = next;
  }
  return store.records("origin");
}

describe("a fork in files", () => {
  it("is a ledger whose first bytes are its origin's", async () => {
    const dir = await freshFolder();
    await using store = await FileStore.open(dir, { clock });
    const records = await history(store, 5);
    await store.create(newFork("origin", records.slice(0, 4), { runId: "fork" }));
    const [origin, fork] = await Promise.all(
      ["origin", "fork"].map((id) => readFile(join(dir, `ledger_${id}.jsonl`), "utf8")),
    );
    expect(fork?.split("\n").slice(0, 4)).toEqual(origin?.split("\n").slice(0, 4));
    expect((await readdir(dir)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(
      (await verifyStore(dir)).problems.filter(({ kind }) => kind !== "run_file_behind"),
    ).toEqual([]);
  });

  it("folds from its ledger alone, wherever it was copied", async () => {
    const dir = await freshFolder();
    const forks: NewRun[] = [];
    {
      await using store = await FileStore.open(dir, { clock });
      const records = await history(store, 5);
      for (const [at] of records.entries()) {
        const fork = newFork("origin", records.slice(0, at + 1), { records: [moved({ at })] });
        await store.create(fork);
        forks.push(fork);
      }
    }
    for (const { run } of forks) await rm(join(dir, `run_${run.runId}.json`));
    await using store = await FileStore.open(dir, { clock });
    expect(store.report().damaged).toEqual([]);
    for (const fork of forks) {
      const { created, stored } = await store.create(fork);
      expect([created, stored.run]).toEqual([true, fork.run]);
      await store.commit(nextChange(stored, { records: [ended()] }));
      const ledger = await store.records(fork.run.runId);
      expect(foldRun(ledger)).toEqual((await store.load(fork.run.runId))?.run);
    }
    expect(
      (await verifyStore(dir)).problems.filter(({ kind }) => kind !== "run_file_behind"),
    ).toEqual([]);
  });

  it("is there whole or not at all, wherever the process dies", async () => {
    const [dir, copies] = [await freshFolder(), await freshFolder()];
    const taken: { readonly name: CrashPointName; readonly copy: string }[] = [];
    let forking = false;
    const crashPoint = async (name: CrashPointName): Promise<void> => {
      if (!forking) return;
      const copy = join(copies, `${taken.length}`);
      taken.push({ name, copy });
      await nodeFs.cp(dir, copy, { recursive: true });
      await rm(join(copy, ".abstractruntime.lock"));
    };
    await using store = await FileStore.open(dir, { clock, crashPoint });
    const records = await history(store, 4);
    const given = newFork("origin", records.slice(0, 6), { runId: "fork" });
    forking = true;
    await store.create(given);
    forking = false;
    const names = taken.map(({ name }) => name);
    expect(names).toEqual([
      "commit:before-append",
      "commit:appended",
      "commit:synced",
      "checkpoint:temp-written",
      "checkpoint:renamed",
    ]);
    for (const { name, copy } of taken) {
      await using opened = await FileStore.open(copy, { clock });
      expect(opened.report().damaged).toEqual([]);
      const isThere = names.indexOf(name) >= names.indexOf("commit:synced");
      expect([name, (await opened.load("fork"))?.run]).toEqual([
        name,
        isThere ? given.run : undefined,
      ]);
      expect((await opened.load("origin"))?.run).toEqual(foldRun(records));
      expect((await readdir(copy)).filter((file) => file.endsWith(".tmp"))).toEqual([]);
      expect(await opened.create(given)).toMatchObject({
        created: true,
        stored: { run: given.run },
      });
      expect(await opened.records("fork")).toEqual([...records.slice(0, 6), ...given.records]);
    }
  });

  it("leaves nothing when the disk is full, and can be made again", async () => {
    let isFull = false;
    const fs = {
      ...nodeFileSystem,
      open: async (...given: Parameters<typeof nodeFs.open>) => {
        const handle = await nodeFs.open(...given);
        const original = handle.writeFile.bind(handle);
        const writeFileOrNot: typeof handle.writeFile = async (...content) => {
          if (isFull && String(given[0]).includes("ledger_fork"))
            throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" });
          return original(...content);
        };
        return Object.assign(handle, { writeFile: writeFileOrNot });
      },
    };
    await using store = await FileStore.open(await freshFolder(), { clock, fs });
    const records = await history(store, 2);
    const given = newFork("origin", records, { runId: "fork" });
    isFull = true;
    await expect(store.create(given)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await store.load("fork")).toBe(undefined);
    isFull = false;
    expect((await store.create(given)).created).toBe(true);
  });

  it("of a run that was adopted from 0.2.0 keeps 0.2.0's lines, and folds from the adoption on", async () => {
    const dir = await copyOf(join(import.meta.dirname, "../../../fixtures/python-0.2.0/store"));
    const fork = { runId: "fork" };
    let originId = "";
    {
      await using store = await FileStore.open(dir, { clock });
      const { items } = await store.list({ status: "waiting", limit: 1_000 });
      const stored = items.find(({ run }) => run.seq > 0);
      if (stored === undefined) throw new TypeError("no run with a ledger waits");
      originId = stored.run.runId;
      const change = nextChange(stored, { records: [], at: "2026-04-01T00:00:00.000Z" });
      const { commitId, expectedRevision } = change;
      const adopted: LedgerRecord = {
        kind: "adopted",
        run: stored.run,
        runId: originId,
        seq: stored.run.seq + 1,
        revision: expectedRevision + 1,
        commitId,
        last: true,
        nodeId: stored.run.currentNode,
        startedAt: "2026-04-01T00:00:00.000Z",
        endedAt: "2026-04-01T00:00:00.000Z",
        actorId: null,
        sessionId: null,
      };
      await store.commit({ ...change, records: [adopted], run: foldRun([adopted]) });
      const records = await store.records(originId);
      const [first] = records;
      expect(first?.seq).toBe(stored.run.seq + 1);
      const given = newFork(originId, records, fork);
      expect((await store.create(given)).stored.run).toEqual(given.run);
      const early = { ...given, copyOf: { runId: originId, seq: 1 } };
      const before = {
        ...early,
        records: given.records.map((r) => ({ ...r, seq: 2 })),
        run: { ...given.run, seq: 2, runId: "early" },
      };
      await expect(store.create(before)).rejects.toMatchObject({ code: "invalid_argument" });
    }
    await rm(join(dir, "run_fork.json"));
    await using store = await FileStore.open(dir, { clock });
    const [origin, texts] = await Promise.all(
      [originId, "fork"].map((id) => store.recordTexts(id)),
    );
    expect(texts?.slice(0, -1)).toEqual(origin);
    const ledger = await store.records("fork");
    expect(ledger.map(({ kind }) => kind)).toEqual(["adopted", "forked"]);
    expect(foldRun(ledger)).toEqual((await store.load("fork"))?.run);
  });

  it("can't be made of a run that 0.2.0 wrote last: it has no records to copy", async () => {
    const dir = await copyOf(join(import.meta.dirname, "../../../fixtures/python-0.2.0/store"));
    await using store = await FileStore.open(dir, { clock });
    const { items } = await store.list({ status: "waiting", limit: 1_000 });
    const runId = items.find(({ run }) => run.seq > 0)?.run.runId ?? "";
    const given = newFork("x", newRun({ runId: "x" }).records, { runId: "fork" });
    await expect(store.create({ ...given, copyOf: { runId, seq: 1 } })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("is not what a ledger under another run's name is", async () => {
    const dir = await freshFolder();
    {
      await using store = await FileStore.open(dir, { clock });
      await history(store, 2);
    }
    await rm(join(dir, "run_origin.json"));
    await rename(join(dir, "ledger_origin.jsonl"), join(dir, "ledger_other.jsonl"));
    await using store = await FileStore.open(dir, { clock });
    expect(store.report().damaged.map(({ runId }) => runId)).toEqual(["other"]);
    await expect(store.load("other")).rejects.toThrow(/it is the ledger of run origin/);
  });

  it("is cut where a commit after it is torn, and no further", async () => {
    const dir = await freshFolder();
    let given: NewRun;
    {
      await using store = await FileStore.open(dir, { clock });
      given = newFork("origin", (await history(store, 3)).slice(0, 6), { runId: "fork" });
      await store.create(given);
    }
    const file = join(dir, "ledger_fork.jsonl");
    await writeFile(file, `${await readFile(file, "utf8")}{"kind":"moved`);
    await using store = await FileStore.open(dir, { clock });
    expect((await store.load("fork"))?.run).toEqual(given.run);
    expect(store.report().recovered.map(({ kind }) => kind)).toEqual(["torn_tail"]);
  });
});

describe("a fork and the runtime, on files", () => {
  const note = defineEffect({ type: "note", replay: "safe", perform: () => "noted" });
  const asks = defineWorkflow({
    id: "asks",
    entry: "a",
    nodes: {
      a: () => note({}, { resultKey: "note", next: "b" }),
      b: () => askUser({ prompt: "?", resultKey: "answer", next: "c" }),
      c: (run) => complete(run.vars.answer),
    },
  });
  const runtimeOver = (store: FileStore): Runtime =>
    new Runtime({ store, effects: [note], workflows: [asks] });

  it("moves to another folder, goes on there, and is forked again", async () => {
    const [here, there] = [await freshFolder(), await freshFolder()];
    await using left = runtimeOver(await FileStore.open(here));
    const run = await left.start(asks, { id: "origin" });
    const fork = await run.fork({ id: "fork", atSeq: 3, effects: "ask" });
    await fork.fork({ id: "second", atSeq: 5, effects: "ask" });
    {
      await using right = runtimeOver(await FileStore.open(there));
      for (const id of ["fork", "second"]) {
        await right.importRun(left.exportRun(id));
        const state = await right.getState(id);
        expect(state).toEqual(await left.getState(id));
        expect(await right.store.recordTexts(id)).toEqual(await left.store.recordTexts(id));
        expect(toMermaid(asks, { run: { state, records: await right.getLedger(id) } })).toContain(
          "a",
        );
        await right.resume(id, "yes", { waitId: state.waiting?.waitId ?? "" });
        expect(await right.result(id)).toBe("yes");
        const third = await right.fork(id, { atSeq: 4, effects: "ask" });
        expect(await third.state()).toMatchObject({ status: "waiting", origin: { runId: id } });
      }
    }
    expect(await verifyStore(there)).toMatchObject({ ok: true, runs: 4 });
  });
});

describe("forks of what 0.2.0 wrote", () => {
  const fixtures = join(import.meta.dirname, "../../../fixtures/python-0.2.0");

  it("0.2.0 D52: its snapshots are restored, from files to files", async () => {
    const dir = await copyOf(join(fixtures, "snapshots"));
    const forks: RunState[] = [];
    {
      await using runtime = new Runtime({ store: await FileStore.open(dir, { clock }) });
      const { items } = await runtime.snapshots.list();
      expect(items).toHaveLength(3);
      for (const { snapshotId, runState, runId } of items) {
        const fork = await runtime.restore(snapshotId, { effects: "ask", drive: false, by: "ann" });
        const { status, vars, currentNode, workflowId } = runState;
        expect(await fork.state()).toMatchObject({
          status,
          vars,
          currentNode,
          workflowId,
          origin: { runId, seq: 0 },
        });
        forks.push(await fork.state());
      }
    }
    expect(await verifyStore(dir)).toMatchObject({ ok: true, runs: 3 });
    await using store = await FileStore.open(dir, { clock });
    for (const fork of forks) {
      expect((await store.load(fork.runId))?.run).toEqual(fork);
      const ledger = await store.records(fork.runId);
      expect(ledger.map(({ kind }) => kind)).toEqual(["adopted", "forked"]);
      expect(foldRun(ledger)).toEqual(fork);
    }
  });

  it("are made of its runs as they are now, without touching their files", async () => {
    const dir = await copyOf(join(fixtures, "store"));
    await using runtime = new Runtime({ store: await FileStore.open(dir, { clock }) });
    const { items } = await runtime.listRuns({ status: "waiting", limit: 1_000 });
    expect(items).toHaveLength(3);
    for (const origin of items) {
      const files = [`run_${origin.runId}.json`, `ledger_${origin.runId}.jsonl`];
      const readAll = () =>
        Promise.all(files.map((file) => readFile(join(dir, file)).catch(() => null)));
      const before = await readAll();
      const fork = await runtime.fork(origin.runId, { effects: "ask", drive: false });
      const state = await fork.state();
      expect(state).toMatchObject({
        vars: origin.vars,
        workflowId: origin.workflowId,
        origin: { runId: origin.runId, seq: origin.seq },
        parentRunId: null,
      });
      expect(state.waiting?.waitId).not.toBe(origin.waiting?.waitId);
      expect(await readAll()).toEqual(before);
      const past = { effects: "ask", drive: false, atSeq: origin.seq - 1 } as const;
      await expect(runtime.fork(origin.runId, past)).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
  });
});

describe("reading a long ledger page by page", () => {
  it("reads each part of it once, or little more", async () => {
    const dir = await freshFolder();
    let read = 0;
    const fs = {
      ...nodeFileSystem,
      open: async (...given: Parameters<typeof nodeFs.open>) => {
        const handle = await nodeFs.open(...given);
        const original = handle.read.bind(handle) as (
          ...args: unknown[]
        ) => Promise<{ bytesRead: number }>;
        return Object.assign(handle, {
          read: async (...args: unknown[]) => {
            const result = await original(...args);
            read += result.bytesRead;
            return result;
          },
        });
      },
    } as typeof nodeFileSystem;
    await using store = await FileStore.open(dir, { clock, fs });
    let { stored } = await store.create(newRun({ runId: "long" }));
    for (let n = 0; n < 4; n += 1) {
      const records = Array.from({ length: 1_500 }, (_, at) =>
        moved({ at, text: "x".repeat(400) }),
      );
      await store.commit(nextChange(stored, { records }));
      stored = (await store.load("long")) ?? stored;
    }
    const { size } = await nodeFs.stat(join(dir, "ledger_long.jsonl"));
    for (const verb of ["records", "recordTexts"] as const) {
      read = 0;
      let count = 0;
      for (let after = 0; ;) {
        const page = await store[verb]("long", { after, limit: 500 });
        if (page.length === 0) break;
        count += page.length;
        after += page.length;
      }
      expect(count).toBe(6_001);
      expect(read / size).toBeLessThan(2.5);
    }
  });
});
