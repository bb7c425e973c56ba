import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { newRun } from "@abstractruntime/testkit/conformance";
import { describe, expect, it, onTestFinished } from "vitest";
import { FileStore, repairStore, unlockStore } from "../src/index.ts";
import { freshFolder } from "./fresh-folder.ts";

const lockName = ".abstractruntime.lock";
const script = join(import.meta.dirname, "lock-contender.ts");

interface Contender {
  readonly child: ChildProcessWithoutNullStreams;
  /** Its next line of output. */
  next(): Promise<string>;
}

/** A process that is about to open the folder. */
async function contend(dir: string): Promise<Contender> {
  const child = spawn(process.execPath, [script, dir]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  child.stdout.on("data", (data: Buffer) => {
    lines.push(...data.toString("utf8").split("\n").filter(Boolean));
    child.emit("line");
  });
  const next = async (): Promise<string> => {
    while (lines.length === 0) await once(child, "line");
    return lines.shift() ?? "";
  };
  expect(await next()).toBe("ready");
  return { child, next };
}

async function killed({ child }: Contender): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

function go({ child }: Contender): void {
  child.stdin.write("go\n");
}

async function lockOf(dir: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(dir, lockName), "utf8")) as Record<string, unknown>;
}

async function leaveLock(dir: string, fields: Record<string, unknown>): Promise<void> {
  const holder = {
    host: hostname(),
    boot_id: null,
    pid: 2 ** 22 + 1,
    start_time: "1",
    locked_at: "2026-01-01T00:00:00.000Z",
    token: "of-somebody",
    ...fields,
  };
  await writeFile(join(dir, lockName), JSON.stringify(holder));
}

describe("the lock of a folder", () => {
  it("keeps out everybody else, in this process and in others, and names the holder", async () => {
    const dir = await freshFolder();
    const store = await FileStore.open(dir);
    await expect(FileStore.open(dir)).rejects.toMatchObject({
      code: "store_locked",
      details: { pid: process.pid, host: hostname() },
    });
    const other = await contend(dir);
    go(other);
    expect(await other.next()).toBe("store_locked");
    await store.close();
    await (await FileStore.open(dir)).close();
    expect((await readdir(dir)).filter((name) => name.startsWith(lockName))).toEqual([]);
  });

  it("passes from a killed process to exactly one of many that want it", async () => {
    const dir = await freshFolder();
    const first = await contend(dir);
    go(first);
    expect(await first.next()).toBe(`opened ${dir}`);
    await killed(first);
    const others = await Promise.all(Array.from({ length: 5 }, () => contend(dir)));
    for (const other of others) go(other);
    const answers = await Promise.all(others.map((other) => other.next()));
    expect(answers.toSorted()).toEqual([`opened ${dir}`, ...Array<string>(4).fill("store_locked")]);
    const winner = others[answers.indexOf(`opened ${dir}`)];
    expect((await lockOf(dir))["pid"]).toBe(winner?.child.pid);
  }, 30_000);

  it("passes on where the one that took it over was killed before it had replaced the lock", async () => {
    const dir = await freshFolder();
    await leaveLock(dir, {});
    const heir = JSON.stringify({ ...(await lockOf(dir)), token: "of-its-heir" });
    await writeFile(join(dir, `${lockName}.after-of-somebody`), heir);
    await using store = await FileStore.open(dir);
    expect((await lockOf(dir))["pid"]).toBe(process.pid);
    const left = (await readdir(dir)).filter((name) => name.startsWith(`${lockName}.`));
    expect(left).toEqual([]);
    expect(store.report().recovered).toEqual([]);
  });

  it("is free when its number is another process by now, or the machine was started again", async () => {
    const dir = await freshFolder();
    const strangers = [
      { pid: process.pid, start_time: "1" },
      { pid: process.pid, start_time: null, boot_id: "of-another-start" },
    ];
    for (const stranger of strangers) {
      await leaveLock(dir, stranger);
      await using store = await FileStore.open(dir);
      expect((await lockOf(store.dir))["token"]).not.toBe("of-somebody");
    }
  });

  it("of another machine is never taken by itself, only by somebody who says so", async () => {
    const dir = await freshFolder();
    await leaveLock(dir, { host: "elsewhere" });
    await expect(FileStore.open(dir)).rejects.toMatchObject({
      code: "store_locked",
      details: { host: "elsewhere" },
    });
    await expect(unlockStore(dir)).rejects.toMatchObject({ code: "store_locked" });
    await expect(repairStore(dir)).rejects.toMatchObject({ code: "store_locked" });
    expect(await unlockStore(dir, { force: true })).toBe(true);
    expect(await unlockStore(dir)).toBe(false);
    await leaveLock(dir, { host: "elsewhere" });
    await repairStore(dir, { force: true });
    await (await FileStore.open(dir)).close();
  });

  it("that says nothing is not taken by itself either", async () => {
    const dir = await freshFolder();
    await writeFile(join(dir, lockName), "");
    await expect(FileStore.open(dir)).rejects.toMatchObject({ code: "store_locked" });
    expect(await unlockStore(dir, { force: true })).toBe(true);
    await (await FileStore.open(dir)).close();
  });

  it("that was taken away is not removed by who had it", async () => {
    const dir = await freshFolder();
    const store = await FileStore.open(dir);
    await leaveLock(dir, { host: "elsewhere" });
    await store.close();
    expect((await lockOf(dir))["host"]).toBe("elsewhere");
  });
});

it("keeps what a killed process had been told is stored", async () => {
  const dir = await freshFolder();
  const store = await FileStore.open(dir);
  await store.create(newRun({ runId: "r" }));
  await store.close();
  const other = await contend(dir);
  go(other);
  expect(await other.next()).toBe(`opened ${dir}`);
  await killed(other);
  await using again = await FileStore.open(dir);
  expect((await again.load("r"))?.run.runId).toBe("r");
});
