import { writeSync } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { join } from "node:path";
import { foldRun, type StoredRun } from "@abstractruntime/core/store";
import {
  ended,
  newEvent,
  newLease,
  newRun,
  nextChange,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore, type FileSystem, verifyStore } from "../src/index.ts";
import { freshFolder } from "./fresh-folder.ts";

type Operation = "datasync" | "rename" | "sync" | "truncate" | "unlink" | "write" | "writeFile";

/** A disk that fails at chosen operations on chosen files. */
class FailingDisk {
  #failing: { readonly operations: ReadonlySet<Operation>; readonly part: string } | null = null;
  /** Whether a write that fails leaves half of its bytes. */
  leavesHalf = false;

  readonly #paths = new WeakMap<nodeFs.FileHandle, string>();

  readonly fs: FileSystem = {
    ...nodeFs,
    writeSync: (handle, bytes) => {
      if (!this.#fails("write", this.#paths.get(handle) ?? "")) return writeSync(handle.fd, bytes);
      if (this.leavesHalf) writeSync(handle.fd, bytes.subarray(0, bytes.length / 2));
      throw eio("write");
    },
    open: async (path, ...rest) => {
      const handle = await nodeFs.open(path, ...rest);
      this.#paths.set(handle, String(path));
      const write = handle.write.bind(handle) as (
        bytes: Uint8Array,
        ...more: unknown[]
      ) => Promise<unknown>;
      return Object.assign(handle, {
        write: async (bytes: Uint8Array, ...more: unknown[]) => {
          if (!this.#fails("write", String(path))) return write(bytes, ...more);
          if (this.leavesHalf) await write(bytes.subarray(0, bytes.length / 2));
          throw eio("write");
        },
        ...this.#wrap(handle, String(path), ["datasync", "sync", "truncate", "writeFile"]),
      });
    },
    rename: async (from, to) => {
      if (this.#fails("rename", String(to))) throw eio("rename");
      await nodeFs.rename(from, to);
    },
    unlink: async (path) => {
      if (this.#fails("unlink", String(path))) throw eio("unlink");
      await nodeFs.unlink(path);
    },
  };

  fail(part: string, ...operations: readonly Operation[]): void {
    this.#failing = { part, operations: new Set(operations) };
  }

  heal(): void {
    this.#failing = null;
  }

  #fails(operation: Operation, path: string): boolean {
    return this.#failing?.operations.has(operation) === true && path.includes(this.#failing.part);
  }

  #wrap(
    handle: nodeFs.FileHandle,
    path: string,
    operations: readonly ("datasync" | "sync" | "truncate" | "writeFile")[],
  ): Record<string, (...given: never[]) => Promise<void>> {
    const wrapped = operations.map((operation) => {
      const original = handle[operation].bind(handle) as (...given: never[]) => Promise<void>;
      const call = async (...given: never[]): Promise<void> => {
        if (this.#fails(operation, path)) throw eio(operation);
        await original(...given);
      };
      return [operation, call] as const;
    });
    return Object.fromEntries(wrapped);
  }
}

function eio(syscall: string): Error {
  return Object.assign(new Error(`EIO: i/o error, ${syscall}`), { code: "EIO", syscall });
}

async function open(disk: FailingDisk): Promise<{ store: FileStore; dir: string }> {
  const dir = await freshFolder();
  return { store: await FileStore.open(dir, { fs: disk.fs }), dir };
}

async function read(store: FileStore, runId = "r"): Promise<StoredRun> {
  const stored = await store.load(runId);
  if (stored === undefined) throw new TypeError(`no run ${runId}`);
  return stored;
}

describe("a disk that fails", () => {
  for (const operation of ["write", "datasync"] as const) {
    for (const leavesHalf of [false, true]) {
      it(`loses no commit and repeats none, at ${operation}${leavesHalf ? " that leaves half" : ""}`, async () => {
        const disk = new FailingDisk();
        disk.leavesHalf = leavesHalf;
        const { store, dir } = await open(disk);
        await store.create(newRun({ runId: "r" }));
        const before = await read(store);
        const change = nextChange(before);
        disk.fail("ledger_r", operation);
        await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
        expect(await read(store)).toEqual(before);
        disk.heal();
        await store.commit(change);
        await store.commit(change);
        expect((await store.records("r")).map(({ seq }) => seq)).toEqual([1, 2]);
        await store.commit(nextChange(await read(store)));
        await store.close();
        expect((await verifyStore(dir)).problems).toEqual([]);
      });
    }
  }

  it("takes no further write to a file that it could not cut back", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    const change = nextChange(await read(store));
    disk.fail("ledger_r", "datasync", "truncate");
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    expect((await read(store)).run.revision).toBe(1);
    disk.heal();
    await store.commit(change);
    expect(foldRun(await store.records("r")).revision).toBe(2);
    await store.close();
    expect((await verifyStore(dir)).problems).toEqual([]);
  });

  it("delivers a message once when it is sent again", async () => {
    const disk = new FailingDisk();
    const { store } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    const message = newEvent();
    disk.leavesHalf = true;
    disk.fail("inbox_r", "write");
    await expect(store.deliver("r", message)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await store.readInbox("r")).toEqual([]);
    disk.heal();
    expect(await store.deliver("r", message)).toBe("accepted");
    expect(await store.deliver("r", message)).toBe("duplicate");
    expect(await store.readInbox("r")).toHaveLength(1);
    await store.close();
  });

  it("keeps a commit whose run file can't be written, and writes that at close", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    disk.fail("run_r", "rename");
    await store.commit(nextChange(await read(store), { records: [ended({ ok: 1 })] }));
    expect((await read(store)).run.status).toBe("completed");
    expect((await verifyStore(dir)).problems).toMatchObject([{ kind: "run_file_behind" }]);
    disk.heal();
    await store.close();
    expect((await verifyStore(dir)).problems).toEqual([]);
  });

  it("finishes what a commit does to other runs when it is sent again", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    await store.create(newRun({ runId: "r", lease: newLease() }));
    await store.create(newRun({ runId: "other" }));
    const message = newEvent();
    const change = nextChange(await read(store), {
      children: [newRun({ runId: "child" })],
      messages: [{ runId: "other", message }],
    });
    disk.fail("ledger_child", "datasync");
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await store.load("child")).toBeUndefined();
    disk.heal();
    await store.commit(change);
    expect((await read(store, "child")).run.runId).toBe("child");
    expect(await store.readInbox("other")).toHaveLength(1);
    expect((await read(store)).run.revision).toBe(2);
    await store.close();
    expect((await verifyStore(dir)).problems).toEqual([]);
  });

  it("finishes it before the run's next commit when nobody sends it again", async () => {
    const disk = new FailingDisk();
    const { store } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    disk.fail("ledger_child", "datasync");
    const change = nextChange(await read(store), { children: [newRun({ runId: "child" })] });
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    disk.heal();
    await store.commit(nextChange(await read(store)));
    expect((await read(store, "child")).run.runId).toBe("child");
    await store.close();
  });

  it("finishes it before it hands out runs when that run is not committed again", async () => {
    const disk = new FailingDisk();
    const { store } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    disk.fail("ledger_child", "datasync");
    const change = nextChange(await read(store), { children: [newRun({ runId: "child" })] });
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    const request = { owner: "me", leaseMs: 1_000, limit: 1, leaseIds: ["mine"] };
    await store.claimDue(request);
    expect(await store.load("child")).toBeUndefined();
    disk.heal();
    await store.claimDue(request);
    expect((await read(store, "child")).run.runId).toBe("child");
    await store.close();
  });

  it("does nothing to other runs for a commit that never came, whatever else fails", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    disk.fail("_r.", "write", "unlink");
    const change = nextChange(await read(store), { children: [newRun({ runId: "child" })] });
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    disk.heal();
    await store.commit(nextChange(await read(store)));
    expect(await store.load("child")).toBeUndefined();
    await store.close();
    await using again = await FileStore.open(dir);
    expect(await again.load("child")).toBeUndefined();
    expect((await verifyStore(dir)).problems).toEqual([]);
  });

  it("does it after a crash when the commit came, although it could not say so", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    await store.create(newRun({ runId: "r" }));
    disk.fail("ledger_r", "datasync", "truncate");
    const change = nextChange(await read(store), { children: [newRun({ runId: "child" })] });
    await expect(store.commit(change)).rejects.toMatchObject({ code: "store_unavailable" });
    const crashed = await freshFolder();
    const filter = (path: string): boolean => !path.includes(".lock");
    await nodeFs.cp(dir, crashed, { recursive: true, filter });
    await using again = await FileStore.open(crashed);
    expect((await read(again)).head.commitId).toBe(change.commitId);
    expect((await read(again, "child")).run.runId).toBe("child");
    disk.heal();
    await store.close();
  });

  it("makes no run whose first commit fails, and makes it when it is sent again", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    const given = newRun({ runId: "r", children: [newRun({ runId: "child" })] });
    disk.fail("ledger_r", "datasync");
    await expect(store.create(given)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await store.load("r")).toBeUndefined();
    expect(await store.load("child")).toBeUndefined();
    disk.heal();
    expect((await store.create(given)).created).toBe(true);
    expect((await read(store, "child")).run.runId).toBe("child");
    await store.close();
    expect((await verifyStore(dir)).problems).toEqual([]);
  });

  it("leaves nothing of an artifact that could not be written", async () => {
    const disk = new FailingDisk();
    const { store, dir } = await open(disk);
    disk.fail("artifacts", "sync");
    const content = new TextEncoder().encode("hello");
    await expect(store.artifacts.put(content)).rejects.toMatchObject({ code: "store_unavailable" });
    disk.heal();
    expect(await nodeFs.readdir(join(dir, "artifacts"))).toEqual([]);
    expect((await store.artifacts.put(content)).sizeBytes).toBe(5);
    await store.close();
  });
});
