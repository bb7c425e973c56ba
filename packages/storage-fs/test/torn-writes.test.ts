import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { foldRun } from "@abstractruntime/core/store";
import {
  ended,
  moved,
  newEvent,
  newKeptEvent,
  newLease,
  newRun,
  nextChange,
  waitingFor,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore } from "../src/index.ts";
import { freshFolder, sampleClock } from "./fresh-folder.ts";

/** Do work and give back a copy of the folder as it was before the store was closed: as a crash leaves it. */
async function crashedAfter(
  work: (store: FileStore, dir: string) => Promise<void>,
): Promise<string> {
  const [dir, copy] = [await freshFolder(), await freshFolder()];
  const store = await FileStore.open(dir, { clock: sampleClock });
  await work(store, dir);
  await cp(dir, copy, { recursive: true });
  await rm(join(copy, ".abstractruntime.lock"));
  await store.close();
  return copy;
}

/** Open copies of a folder in which one file ends at each byte from `from` on. */
async function atEveryByte(
  dir: string,
  { name, from }: { readonly name: string; readonly from: number },
  check: (store: FileStore, at: number, end: number) => Promise<void>,
): Promise<void> {
  const end = (await readFile(join(dir, name))).length;
  const copies = await freshFolder();
  const checkAt = async (at: number): Promise<void> => {
    const copy = join(copies, `${at}`);
    await cp(dir, copy, { recursive: true });
    await truncate(join(copy, name), at);
    await using store = await FileStore.open(copy, { clock: sampleClock });
    expect(store.report().damaged).toEqual([]);
    await check(store, at, end);
  };
  const lengths = Array.from({ length: end - from }, (_, n) => from + n);
  for (let n = 0; n < lengths.length; n += 16)
    await Promise.all(lengths.slice(n, n + 16).map(checkAt));
  await checkAt(end);
}

describe("a write that was cut off at any byte", () => {
  it("is the last commit or the one before, for a ledger", async () => {
    let from = 0;
    const dir = await crashedAfter(async (store, folder) => {
      const { stored } = await store.create(newRun({ runId: "r", lease: newLease() }));
      const first = nextChange(stored, { lease: newLease() });
      await store.commit(first);
      from = (await readFile(join(folder, "ledger_r.jsonl"))).length;
      const read = await store.load("r");
      if (read === undefined) throw new TypeError("no run");
      const records = [moved({ text: "é\u2028😀" }), moved({ n: 2 })];
      await store.commit(nextChange(read, { records, lease: newLease() }));
    });
    await atEveryByte(dir, { name: "ledger_r.jsonl", from }, async (store, at, end) => {
      const stored = await store.load("r");
      expect(stored?.run.revision).toBe(at === end ? 3 : 2);
      expect(foldRun(await store.records("r"))).toEqual(stored?.run);
      const isTorn = at !== end && at !== from;
      expect(store.report().recovered.map(({ kind }) => kind)).toEqual(isTorn ? ["torn_tail"] : []);
      if (stored === undefined) throw new TypeError("no run");
      await store.commit(nextChange(stored));
      expect(foldRun(await store.records("r")).revision).toBe(at === end ? 4 : 3);
    });
  });

  it("is a run or none, for its first commit", async () => {
    const dir = await crashedAfter(async (store) => {
      await store.create(newRun({ runId: "r", records: [moved({ a: 1 })] }));
    });
    await rm(join(dir, "run_r.json"));
    await atEveryByte(dir, { name: "ledger_r.jsonl", from: 0 }, async (store, at, end) => {
      expect((await store.load("r"))?.run.revision).toBe(at === end ? 1 : undefined);
      const { created } = await store.create(newRun({ runId: "r" }));
      expect(created).toBe(at !== end);
    });
  });

  it("is a message or none, for an inbox", async () => {
    const messages = [newEvent(), newEvent()];
    let from = 0;
    const dir = await crashedAfter(async (store, folder) => {
      await store.create(newRun({ runId: "r" }));
      for (const message of messages) {
        from = (await readFile(join(folder, "inbox_r.jsonl")).catch(() => "")).length;
        await store.deliver("r", message);
      }
    });
    await atEveryByte(dir, { name: "inbox_r.jsonl", from }, async (store, at, end) => {
      const kept = at === end ? messages : messages.slice(0, 1);
      expect((await store.readInbox("r")).map(({ message }) => message)).toEqual(kept);
      const [, second] = messages;
      if (second === undefined) throw new TypeError("no message");
      expect(await store.deliver("r", second)).toBe(at === end ? "duplicate" : "accepted");
      expect((await store.readInbox("r")).map(({ position }) => position)).toEqual([1, 2]);
    });
  });

  it("is an event or none, for kept events", async () => {
    const events = [newKeptEvent("k"), newKeptEvent("k")];
    let from = 0;
    const dir = await crashedAfter(async (store, folder) => {
      for (const event of events) {
        from = (await readFile(join(folder, "events.jsonl")).catch(() => "")).length;
        await store.publish(event);
      }
    });
    await atEveryByte(dir, { name: "events.jsonl", from }, async (store, at, end) => {
      await store.create(newRun({ runId: "r", records: [waitingFor("k")] }));
      expect(await store.takeKept("r", ["k"])).toBe(at === end ? 2 : 1);
    });
  });

  it("changes nothing, for a file that has not got its name yet", async () => {
    const dir = await crashedAfter(async (store) => {
      await store.create(newRun({ runId: "r" }));
    });
    const whole = await readFile(join(dir, "run_r.json"));
    for (let at = 0; at <= whole.length; at += 1) {
      for (const name of ["run_r.json.tmp", "intent_r.json.tmp", "events.jsonl.tmp"])
        await writeFile(join(dir, name), whole.subarray(0, at));
      await using store = await FileStore.open(dir, { clock: sampleClock });
      expect(store.report()).toEqual({ damaged: [], recovered: [] });
      expect((await store.load("r"))?.run.revision).toBe(1);
    }
  });

  it("is folded anew from the ledger, for a run file", async () => {
    const dir = await crashedAfter(async (store) => {
      const { stored } = await store.create(newRun({ runId: "r" }));
      await store.commit(nextChange(stored, { records: [ended({ ok: 1 })] }));
    });
    await atEveryByte(dir, { name: "run_r.json", from: 0 }, async (store) => {
      const stored = await store.load("r");
      expect(stored?.run.output).toEqual({ ok: 1 });
      expect(foldRun(await store.records("r"))).toEqual(stored?.run);
    });
  });
});

describe("damage that no crash makes", () => {
  it("is an error that names file and byte, for that run alone", async () => {
    const dir = await crashedAfter(async (store) => {
      await store.create(newRun({ runId: "good" }));
      let { stored } = await store.create(newRun({ runId: "bad" }));
      for (let count = 0; count < 3; count++) {
        await store.commit(nextChange(stored));
        stored = (await store.load("bad")) ?? stored;
      }
    });
    const file = join(dir, "ledger_bad.jsonl");
    const text = await readFile(file, "utf8");
    const at = text.indexOf("\n", text.indexOf("\n") + 1) + 1;
    await writeFile(file, `${text.slice(0, at)}#${text.slice(at + 1)}`);
    await using store = await FileStore.open(dir, { clock: sampleClock });
    expect((await store.list()).items.map(({ run }) => run.runId)).toEqual(["good"]);
    await expect(store.load("bad")).rejects.toMatchObject({
      code: "store_corrupt",
      details: { file, offset: at },
    });
    expect(store.report().damaged).toMatchObject([{ runId: "bad", file, offset: at }]);
    expect(await readFile(file, "utf8")).toHaveLength(text.length);
  });

  it("is an error where a ledger ends before what its run file knows", async () => {
    const dir = await freshFolder();
    const store = await FileStore.open(dir, { clock: sampleClock });
    const { stored } = await store.create(newRun({ runId: "r" }));
    await store.commit(nextChange(stored));
    await store.close();
    const file = join(dir, "ledger_r.jsonl");
    await truncate(file, 100);
    await using again = await FileStore.open(dir, { clock: sampleClock });
    await expect(again.load("r")).rejects.toMatchObject({
      code: "store_corrupt",
      details: { file, offset: 100 },
    });
    await expect(again.create(newRun({ runId: "r" }))).rejects.toMatchObject({
      code: "store_corrupt",
    });
  });

  it("is cut as a torn tail where blocks of the last commit read as zeros", async () => {
    const dir = await crashedAfter(async (store) => {
      const { stored } = await store.create(newRun({ runId: "r" }));
      const records = [moved({ a: "x".repeat(5_000) }), moved({ b: 1 })];
      await store.commit(nextChange(stored, { records }));
    });
    const file = join(dir, "ledger_r.jsonl");
    const bytes = await readFile(file);
    const from = bytes.indexOf(10) + 1;
    bytes.fill(0, from + 10, from + 4_000);
    await writeFile(file, bytes);
    await using store = await FileStore.open(dir, { clock: sampleClock });
    expect((await store.load("r"))?.run.revision).toBe(1);
    expect(store.report().recovered).toMatchObject([{ kind: "torn_tail", file, offset: from }]);
  });
});
