import { writeSync } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { StoredRun } from "@abstractruntime/core/store";
import {
  claimRequest,
  ended,
  moved,
  newEvent,
  newLease,
  newRun,
  nextChange,
  waiting,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore, type FileSystem } from "../src/index.ts";
import { freshFolder, sampleClock } from "./fresh-folder.ts";

/** A disk that counts what is asked of it. */
class CountingDisk {
  /** Files that are open now. */
  open = 0;
  readonly counts = { opened: 0, read: 0, written: 0, writes: 0, syncs: 0, statted: 0 };

  readonly fs: FileSystem = {
    ...nodeFs,
    writeSync: (handle, bytes) => {
      this.counts.writes += 1;
      this.counts.written += bytes.length;
      return writeSync(handle.fd, bytes);
    },
    open: async (...given) => {
      this.counts.opened += 1;
      const handle = await nodeFs.open(...given);
      this.open += 1;
      const close = handle.close.bind(handle);
      const write = handle.write.bind(handle) as (
        bytes: Uint8Array,
        ...more: unknown[]
      ) => Promise<unknown>;
      const [writeFile, datasync] = [handle.writeFile.bind(handle), handle.datasync.bind(handle)];
      return Object.assign(handle, {
        close: () => {
          this.open -= 1;
          return close();
        },
        write: (bytes: Uint8Array, ...more: unknown[]) => {
          this.counts.writes += 1;
          this.counts.written += bytes.length;
          return write(bytes, ...more);
        },
        writeFile: (text: string) => {
          this.counts.written += text.length;
          return writeFile(text);
        },
        datasync: () => {
          this.counts.syncs += 1;
          return datasync();
        },
      });
    },
    // The overloads of these can't be written down; they only pass on what they are given.
    readFile: ((...given: Parameters<typeof nodeFs.readFile>) => {
      this.counts.read += 1;
      return nodeFs.readFile(...given);
    }) as typeof nodeFs.readFile,
    stat: ((...given: Parameters<typeof nodeFs.stat>) => {
      this.counts.statted += 1;
      return nodeFs.stat(...given);
    }) as typeof nodeFs.stat,
  };

  reset(): void {
    for (const key of Object.keys(this.counts) as (keyof typeof this.counts)[])
      this.counts[key] = 0;
  }
}

async function next(store: FileStore, runId: string): Promise<StoredRun> {
  const stored = await store.load(runId);
  if (stored === undefined) throw new TypeError(`no run ${runId}`);
  return stored;
}

async function step(store: FileStore, runId: string, records = [moved({ n: 1 })]): Promise<void> {
  await store.commit(nextChange(await next(store, runId), { records, lease: newLease() }));
}

describe("the cost of a commit", () => {
  it("is one write and one sync of its records, and nothing else, whatever the run holds", async () => {
    for (const blob of ["", "x".repeat(1_000_000)]) {
      const disk = new CountingDisk();
      await using store = await FileStore.open(await freshFolder(), { fs: disk.fs });
      await store.create(newRun({ runId: "r", vars: { blob }, lease: newLease() }));
      const stored = await next(store, "r");
      const change = nextChange(stored, { lease: newLease() });
      disk.reset();
      await store.commit({ ...change, run: { ...change.run, vars: stored.run.vars } });
      const { written, ...counts } = disk.counts;
      expect(counts).toEqual({ opened: 0, read: 0, writes: 1, syncs: 1, statted: 0 });
      expect(written).toBeLessThan(1_000);
    }
  });

  it("stays small with a large run: its file is written when the ledger outweighs it", async () => {
    const disk = new CountingDisk();
    const dir = await freshFolder();
    await using store = await FileStore.open(dir, { fs: disk.fs });
    const vars = { blob: "x".repeat(300_000) };
    await store.create(newRun({ runId: "r", vars, lease: newLease() }));
    disk.reset();
    const steps = 400;
    for (let count = 0; count < steps; count++) {
      const stored = await next(store, "r");
      const change = nextChange(stored, {
        records: [moved({ n: "y".repeat(3_000) })],
        lease: newLease(),
      });
      await store.commit({ ...change, run: { ...change.run, vars } });
    }
    expect(disk.counts.written / steps).toBeLessThan(3 * 4_000);
    const checkpoint = await stat(join(dir, "run_r.json"));
    const { ledger_bytes } = JSON.parse(await readFile(join(dir, "run_r.json"), "utf8")) as {
      ledger_bytes: number;
    };
    const ledger = await stat(join(dir, "ledger_r.jsonl"));
    expect(ledger_bytes).toBeGreaterThan(checkpoint.size);
    expect(ledger.size - ledger_bytes).toBeLessThan(2 * checkpoint.size);
  });

  it("writes the run file when a wait begins, when it ends, and at the end", async () => {
    const dir = await freshFolder();
    await using store = await FileStore.open(dir);
    const fileSays = async (): Promise<unknown> => {
      const file = JSON.parse(await readFile(join(dir, "run_r.json"), "utf8")) as {
        status: string;
        revision: number;
      };
      return [file.status, file.revision];
    };
    await store.create(newRun({ runId: "r" }));
    expect(await fileSays()).toEqual(["running", 1]);
    await step(store, "r");
    expect(await fileSays()).toEqual(["running", 1]);
    await step(store, "r", [waiting()]);
    expect(await fileSays()).toEqual(["waiting", 3]);
    await step(store, "r");
    expect(await fileSays()).toEqual(["running", 4]);
    await step(store, "r", [ended({ ok: 1 })]);
    expect(await fileSays()).toEqual(["completed", 5]);
  });
});

describe("the cost of a wait for children", () => {
  it("does not grow with the run: its file is written when the ledger outweighs it", async () => {
    const disk = new CountingDisk();
    const dir = await freshFolder();
    const store = await FileStore.open(dir, { fs: disk.fs });
    const vars = { blob: "x".repeat(300_000) };
    await store.create(newRun({ runId: "r", vars, lease: newLease() }));
    const commit = async (records: ReturnType<typeof moved>[]): Promise<void> => {
      const change = nextChange(await next(store, "r"), { records, lease: newLease() });
      await store.commit({ ...change, run: { ...change.run, vars } });
    };
    disk.reset();
    const waits = 200;
    for (let count = 0; count < waits; count++) {
      await commit([waiting({ reason: "subworkflow" })]);
      await commit([moved({ n: "y".repeat(3_000) })]);
    }
    expect(disk.counts.written / waits).toBeLessThan(3 * 4_000);
    await commit([waiting({ reason: "subworkflow" })]);
    await store.close();
    const closed = JSON.parse(await readFile(join(dir, "run_r.json"), "utf8")) as object;
    expect(closed).toMatchObject({ status: "waiting", waiting: { reason: "subworkflow" } });
  });
});

describe("the cost of a query", () => {
  it("is the runs of one page, not of the folder (0.2.0 D38)", async () => {
    const disk = new CountingDisk();
    await using store = await FileStore.open(await freshFolder(), { fs: disk.fs });
    for (let count = 0; count < 60; count++)
      await store.create(newRun({ runId: `done-${count}`, records: [ended()] }));
    await store.create(newRun({ runId: "waits", records: [waiting()], parentRunId: "done-1" }));
    disk.reset();
    expect((await store.claimDue(claimRequest())).runs).toEqual([]);
    expect((await store.list({ status: "waiting" })).items).toHaveLength(1);
    expect((await store.listChildren("done-1")).items).toHaveLength(1);
    expect(disk.counts).toMatchObject({ opened: 0, read: 0 });
    expect((await store.list({ status: "completed", limit: 5 })).items).toHaveLength(5);
    expect(disk.counts.read).toBeLessThanOrEqual(10);
  });

  it("keeps few files open, however many runs are driven", async () => {
    const disk = new CountingDisk();
    await using store = await FileStore.open(await freshFolder(), { fs: disk.fs });
    for (let count = 0; count < 300; count++)
      await store.create(newRun({ runId: `r-${count}`, lease: newLease() }));
    for (let count = 0; count < 300; count++) await step(store, `r-${count}`);
    expect(disk.open).toBeLessThanOrEqual(256);
    for (let count = 0; count < 300; count++) await step(store, `r-${count}`, [ended()]);
    expect(disk.open).toBe(0);
  }, 30_000);
});

describe("an inbox", () => {
  it("forgets the messages that were read, and still knows their ids", async () => {
    const dir = await freshFolder();
    const store = await FileStore.open(dir, { clock: sampleClock });
    await store.create(newRun({ runId: "r", lease: newLease() }));
    const messages = Array.from({ length: 40 }, () => newEvent("key", "x".repeat(10_000)));
    for (const message of messages) {
      await store.deliver("r", message);
      const consumed = [message.messageId];
      await store.commit(nextChange(await next(store, "r"), { consumed, lease: newLease() }));
    }
    expect((await stat(join(dir, "inbox_r.jsonl"))).size).toBeLessThan(200_000);
    await store.close();
    await using again = await FileStore.open(dir, { clock: sampleClock });
    for (const message of messages) expect(await again.deliver("r", message)).toBe("duplicate");
    expect(await again.readInbox("r")).toEqual([]);
    expect((await next(again, "r")).head.inboxSeq).toBe(40);
  });
});

it("counts the claims of a run that kills its drivers, across their deaths", async () => {
  const dir = await freshFolder();
  const store = await FileStore.open(dir, { clock: sampleClock });
  await store.create(newRun({ runId: "r", wakeAt: "2026-01-01T00:00:00Z" }));
  await store.close();
  let crashed = dir;
  for (let count = 1; count <= 10; count++) {
    const driver = await FileStore.open(crashed, { clock: sampleClock });
    const [claimed] = (await driver.claimDue(claimRequest())).runs;
    expect(claimed?.head.claims).toBe(count);
    crashed = await freshFolder();
    await nodeFs.cp(driver.dir, crashed, { recursive: true });
    await nodeFs.rm(join(crashed, ".abstractruntime.lock"));
    await driver.close();
  }
  await using last = await FileStore.open(crashed, { clock: sampleClock });
  expect((await next(last, "r")).head.claims).toBe(10);
  await step(last, "r");
  expect((await next(last, "r")).head.claims).toBe(0);
});

it("refuses run ids that are no file names (0.2.0 D51)", async () => {
  const dir = await freshFolder();
  await using store = await FileStore.open(dir);
  for (const runId of ["", ".", "x/../../escaped", "a\u0000b", "a\n", "x".repeat(201)]) {
    await expect(store.create(newRun({ runId }))).rejects.toMatchObject({ code: "invalid_id" });
    expect(await store.load(runId)).toBeUndefined();
    expect(await store.recordTexts(runId)).toEqual([]);
  }
  const children = [newRun({ runId: "../child" })];
  await expect(store.create(newRun({ runId: "parent", children }))).rejects.toMatchObject({
    code: "invalid_id",
  });
  expect((await readdir(dir)).filter((name) => !name.startsWith("."))).toEqual([]);
});
