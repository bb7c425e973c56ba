import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { foldRun, type NewRun } from "@abstractruntime/core/store";
import {
  claimRequest,
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
import { type CrashPointName, crashPoints, FileStore, verifyStore } from "../src/index.ts";
import { lockFile } from "../src/folder/file-names.ts";
import { freshFolder, sampleClock } from "./fresh-folder.ts";

interface Copy {
  readonly name: CrashPointName;
  readonly dir: string;
  /** What had been acknowledged when the crash came: revisions by run, and messages by run. */
  readonly known: ReadonlyMap<string, number>;
  readonly delivered: ReadonlyMap<string, readonly string[]>;
  /** Whether the child may be gone again. */
  readonly purging: boolean;
  /** A message of the parent that its commit to this revision consumes. */
  readonly consumption: { readonly messageId: string; readonly revision: number } | null;
}

/** Copy a folder in which other writes go on: a temporary file that is gone meanwhile makes it begin anew. */
async function copyFolder(from: string, to: string, tries = 20): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    if (tries === 0) throw error;
    await rm(to, { recursive: true, force: true });
    await copyFolder(from, to, tries - 1);
  }
}

/** Work of every kind, with a copy of the folder as a crash would leave it at each point. */
async function workWithCrashes(): Promise<readonly Copy[]> {
  const [dir, copies] = [await freshFolder(), await freshFolder()];
  const taken: Copy[] = [];
  const known = new Map<string, number>();
  const delivered = new Map<string, readonly string[]>();
  let consumption: Copy["consumption"] = null;
  let purging = false;
  const crashPoint = async (name: CrashPointName): Promise<void> => {
    const copy = join(copies, `${taken.length}`);
    const acknowledged = { known: new Map(known), delivered: new Map(delivered) };
    taken.push({ name, dir: copy, ...acknowledged, consumption, purging });
    await copyFolder(dir, copy);
    await rename(join(copy, lockFile), join(copy, "lock-of-the-dead")).catch(() => {});
  };
  const store = await FileStore.open(dir, { crashPoint, clock: sampleClock });
  const create = async (run: NewRun): Promise<void> => {
    await store.create(run);
    known.set(run.run.runId, 1);
  };
  const commit = async (
    runId: string,
    options: Parameters<typeof nextChange>[1],
  ): Promise<void> => {
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`no run ${runId}`);
    await store.commit(nextChange(stored, options));
    known.set(runId, stored.run.revision + 1);
  };
  const deliver = async (runId: string): Promise<string> => {
    const message = newEvent();
    await store.deliver(runId, message);
    delivered.set(runId, [...(delivered.get(runId) ?? []), message.messageId]);
    return message.messageId;
  };

  await create(newRun({ runId: "parent", lease: newLease() }));
  await create(newRun({ runId: "other", records: [waitingFor("k")], wakeAt: null }));
  const toOther = newEvent();
  const child = newRun({ runId: "child", parentRunId: "parent" });
  const sent = { runId: "other", message: toOther };
  await commit("parent", { children: [child], messages: [sent], wakeAt: "2026-01-01T00:00:00Z" });
  known.set("child", 1);
  delivered.set("other", [toOther.messageId]);
  await store.claimDue(claimRequest());
  const consumed = await deliver("parent");
  delivered.set("parent", []);
  consumption = { messageId: consumed, revision: 3 };
  await commit("parent", { records: [moved({ n: 1 })], consumed: [consumed] });
  await store.publish(newKeptEvent("nobody-yet"));
  const published = newKeptEvent("k");
  await store.publish(published);
  delivered.set("other", [...(delivered.get("other") ?? []), published.message.messageId]);
  await create(newRun({ runId: "taker", records: [waitingFor("nobody-yet")] }));
  expect(await store.takeKept("taker", ["nobody-yet"])).toBe(1);
  await commit("child", { records: [ended({ ok: true })] });
  const big = newEvent("key", "x".repeat(80_000));
  await store.deliver("parent", big);
  await commit("parent", { consumed: [big.messageId] });
  await deliver("parent");
  await store.artifacts.put(new TextEncoder().encode("content"), { runId: "child" });
  const stored = await store.load("parent");
  if (stored === undefined) throw new TypeError("no parent");
  const at = "2026-01-01T00:00:00.000Z";
  await store.snapshots.save({
    snapshotId: "s",
    runId: "parent",
    stepId: null,
    name: "n",
    description: null,
    tags: [],
    createdAt: at,
    updatedAt: at,
    runState: stored.run,
  });
  known.delete("child");
  purging = true;
  await store.purge({ endedBefore: "2100-01-01T00:00:00Z" });
  await store.close();
  return taken;
}

describe("a crash at any point of a write", () => {
  it("leaves the last commit or the next one, and everything that was acknowledged", async () => {
    const copies = await workWithCrashes();
    expect(crashPoints.filter((point) => !copies.some(({ name }) => name === point))).toEqual([]);
    for (const copy of copies) await checkCopy(copy);
  }, 60_000);
});

async function checkCopy({
  name,
  dir,
  known,
  delivered,
  consumption,
  purging,
}: Copy): Promise<void> {
  const store = await FileStore.open(dir, { clock: sampleClock });
  expect({ name, damaged: store.report().damaged }).toEqual({ name, damaged: [] });
  for (const [runId, revision] of known) {
    const stored = await store.load(runId);
    const found = stored?.run.revision ?? 0;
    expect({ name, runId, found: found === revision || found === revision + 1 }).toEqual({
      name,
      runId,
      found: true,
    });
    expect(foldRun(await store.records(runId))).toEqual(stored?.run);
  }
  for (const [runId, messages] of delivered) {
    const unread = (await store.readInbox(runId)).map(({ message }) => message.messageId);
    expect(messages.filter((messageId) => !unread.includes(messageId))).toEqual([]);
    expect(new Set(unread).size).toBe(unread.length);
  }
  const revision = (await store.load("parent"))?.run.revision ?? 0;
  // A message is read exactly if the commit that consumes it is there, and so is a child that its parent's commit made.
  const unread = (await store.readInbox("parent")).map(({ message }) => message.messageId);
  const isRead = consumption !== null && !unread.includes(consumption.messageId);
  expect(isRead).toBe(consumption !== null && revision >= consumption.revision);
  const hasChild = (await store.load("child")) !== undefined;
  expect({ name, hasChild }).toEqual({ name, hasChild: purging ? hasChild : revision >= 2 });
  await store.close();
  expect({ name, problems: (await verifyStore(dir)).problems }).toEqual({ name, problems: [] });
}
