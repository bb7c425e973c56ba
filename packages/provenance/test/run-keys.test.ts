import { inspect } from "node:util";
import { MemoryArtifactStore, MemoryStore, readArtifact } from "@abstractruntime/core";
import { ended, newEvent, newFork, newRun } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import {
  encrypt,
  hashChain,
  isErasedPayload,
  listErasures,
  RunKeys,
  verifyRun,
} from "../src/index.ts";
import { newKey } from "./support/new-key.ts";
import { changed, storeWorld } from "./support/store-world.ts";

const codeIs = (code: string) => expect.objectContaining({ code });
const why = { reason: "request 4711", by: "dpo" };
const master = { current: "m1", keys: { m1: newKey(), m2: newKey() } };

function newWorld() {
  let now = Date.parse("2026-05-01T00:00:00Z");
  const clock = { now: () => now };
  const vault = new MemoryArtifactStore();
  const inner = hashChain(new MemoryStore());
  const keys = new RunKeys({ master, vault, clock });
  const store = encrypt(inner, { keys, keyTtlMs: 60_000, clock });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { clock, vault, inner, keys, store, pass, ...storeWorld(store) };
}

describe("RunKeys", () => {
  it("gives each run a key of its own, wrapped in the vault", async () => {
    const { inner, vault, start } = newWorld();
    for (const vars of [{ a: 1 }, { b: 1 }]) await start(vars);
    const atRest = JSON.stringify((await inner.list()).items);
    const ids = atRest.match(/(?<= )run-key-\w+/g) ?? [];
    expect(new Set(ids).size).toBe(2);
    const { items } = await vault.list();
    expect(new Set(items.map(({ artifactId }) => artifactId))).toEqual(new Set(ids));
    const content = await readArtifact(vault, ids[0] ?? "");
    expect(new TextDecoder().decode(content)).toMatch(/^m1 [\w-]{80,}$/);
  });

  it("erases a run wherever its ledger is: the ledger verifies, and other runs are as they were", async () => {
    const { inner, vault, keys, store, pass, start, commit, read } = newWorld();
    const { runId } = (await start({ a: "canary" })).run;
    await commit(runId, ended("canary"));
    const other = await start({ a: "other" });
    const texts = await inner.recordTexts(runId);
    expect(await keys.erase(runId, why)).toBe(true);
    expect(await keys.erase(runId, why)).toBe(false);
    // A process may know the key for a while.
    expect((await read(runId)).run.output).toBe("canary");
    pass(60_000);
    const { run } = await read(runId);
    expect([isErasedPayload(run.output), isErasedPayload(run.vars["a"])]).toEqual([true, true]);
    expect((await store.list()).items).toHaveLength(2);
    expect((await read(other.run.runId)).run.vars).toEqual({ a: "other" });
    expect(await inner.recordTexts(runId)).toEqual(texts);
    expect(await verifyRun(inner, runId)).toMatchObject({ ok: true });
    expect(await listErasures(vault, runId)).toEqual([
      { runId, erasedAt: "2026-05-01T00:00:00.000Z", ...why },
    ]);
  });

  it("takes nothing more for a run whose key was erased, and drives it no more", async () => {
    const { keys, store, pass, commit, read } = newWorld();
    const wakeAt = "2026-01-01T00:00:00.000Z";
    const { run } = (await store.create(newRun({ vars: { a: 1 }, wakeAt }))).stored;
    await keys.erase(run.runId, why);
    pass(60_000);
    const add = changed({ op: "add", path: "/b", value: 1 });
    await expect(commit(run.runId, add)).rejects.toThrow(codeIs("payload_erased"));
    await expect(store.deliver(run.runId, newEvent("key", "x"))).rejects.toThrow(
      codeIs("payload_erased"),
    );
    const request = { owner: "o", leaseMs: 30_000, limit: 1, leaseIds: ["l"] };
    await expect(store.claimDue(request)).rejects.toThrow(codeIs("payload_erased"));
    expect((await read(run.runId)).run.revision).toBe(1);
  });

  it("leaves a fork what is its own", async () => {
    const { keys, store, pass, start, read } = newWorld();
    const { runId } = (await start({ a: 1 })).run;
    const fork = newFork(runId, await store.records(runId), { vars: { own: 2 } });
    await store.create(fork);
    await keys.erase(runId, why);
    pass(60_000);
    const { vars } = (await read(fork.run.runId)).run;
    expect([isErasedPayload(vars["a"]), vars["own"]]).toEqual([true, 2]);
  });

  it("makes one key when two processes begin to write at once", async () => {
    const { vault, inner } = newWorld();
    const stores = [1, 2, 3].map(() => encrypt(inner, { keys: new RunKeys({ master, vault }) }));
    const given = newRun({ vars: { a: 1 } });
    const ends = await Promise.all(stores.map((store) => store.create(given)));
    for (const { stored } of ends) expect(stored.run).toEqual(given.run);
    expect((await vault.list()).items).toHaveLength(1);
  });

  it("opens what an old master key wrapped, and says which key is missing", async () => {
    const { vault, inner, start } = newWorld();
    const { runId } = (await start({ a: 1 })).run;
    const open = (keys: RunKeys) => encrypt(inner, { keys }).load(runId);
    const rotated = new RunKeys({ master: { ...master, current: "m2" }, vault });
    expect((await open(rotated))?.run.vars).toEqual({ a: 1 });
    const without = new RunKeys({ master: { current: "m2", keys: { m2: newKey() } }, vault });
    await expect(open(without)).rejects.toThrow(codeIs("key_not_found"));
    const wrong = new RunKeys({ master: { current: "m1", keys: { m1: newKey() } }, vault });
    await expect(open(wrong)).rejects.toThrow(codeIs("store_corrupt"));
    const lost = new RunKeys({ master, vault: new MemoryArtifactStore() });
    await expect(open(lost)).rejects.toThrow(codeIs("key_not_found"));
  });

  it("shows no key", () => {
    const { keys } = newWorld();
    for (const text of [inspect(keys, { depth: 9, showHidden: true }), JSON.stringify(keys)])
      expect(text).not.toContain(Buffer.from(master.keys.m1).toString("hex").slice(0, 8));
  });
});
