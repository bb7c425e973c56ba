import { MemoryArtifactStore, MemoryStore } from "@abstractruntime/core";
import { foldRun, type DurableStore } from "@abstractruntime/core/store";
import {
  begun,
  completed,
  ended,
  newEvent,
  newFork,
  newRun,
  nextChange,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import {
  digestPayloads,
  erasePayloads,
  hashChain,
  isErasedPayload,
  listErasures,
  verifyPayloads,
  verifyRun,
} from "../src/index.ts";
import { changed, storeWorld } from "./support/store-world.ts";

const codeIs = (code: string) => expect.objectContaining({ code });
const why = { reason: "request 4711", by: "dpo" };
const clock = { now: () => Date.parse("2026-05-01T00:00:00Z") };

function newWorld() {
  const memory = new MemoryStore();
  const inner = hashChain(memory);
  const payloads = new MemoryArtifactStore();
  const store = digestPayloads(inner, { payloads });
  return { memory, inner, payloads, store, ...storeWorld(store) };
}

/** A run of four commits that has ended. */
async function anEndedRun({ start, commit }: ReturnType<typeof newWorld>): Promise<string> {
  const { runId } = (await start({ name: "canary", n: 7, list: [true] })).run;
  await commit(runId, begun(1, { prompt: "canary" }));
  await commit(runId, completed(1, { text: "canary" }));
  await commit(
    runId,
    changed({ op: "replace", path: "/name", value: "canaries" }),
    ended("canary"),
  );
  return runId;
}

const textsBelow = async (store: DurableStore, runId: string): Promise<string> =>
  JSON.stringify([await store.recordTexts(runId), (await store.load(runId))?.run]);

describe("digestPayloads", () => {
  it("leaves digests in the ledger, with a salt each", async () => {
    const world = newWorld();
    const { runId } = (await world.start({ a: "canary", b: "canary", none: null })).run;
    const { vars } = (await world.memory.load(runId))!.run;
    expect(vars).toEqual({
      a: expect.stringMatching(/^\$digest:[0-9a-f]{64} [0-9a-f]{32} \d+$/),
      b: expect.stringMatching(/^\$digest:/),
      none: null,
    });
    const digests = JSON.stringify(vars).match(/[0-9a-f]{64}/g);
    expect(new Set(digests).size).toBe(2);
    expect(await textsBelow(world.memory, runId)).not.toContain("canary");
  });

  it("is the fold of the records at rest, and verifies", async () => {
    const world = newWorld();
    const runId = await anEndedRun(world);
    const stored = await world.memory.load(runId);
    expect(foldRun(await world.memory.records(runId))).toEqual(stored?.run);
    expect(await verifyRun(world.memory, runId)).toMatchObject({ ok: true });
    expect(await verifyPayloads({ store: world.inner, payloads: world.payloads }, runId)).toEqual({
      runId,
      ok: true,
      present: 7,
      erased: 0,
      missing: [],
      changed: [],
    });
  });

  it("knows a commit that is sent again, and stores its content once", async () => {
    const world = newWorld();
    const change = nextChange(await world.start({ a: 1 }), {
      records: [changed({ op: "add", path: "/b", value: "x" })],
    });
    await world.store.commit(change);
    const before = (await world.payloads.list()).items.length;
    await world.store.commit(change);
    expect((await world.payloads.list()).items).toHaveLength(before);
    expect((await world.read(change.runId)).run).toEqual(change.run);
  });

  it("stores no content for a message that nobody takes", async () => {
    const { store, payloads } = newWorld();
    expect(await store.deliver("nobody", newEvent("key", "canary"))).toBe("run_not_found");
    expect((await payloads.list()).items).toEqual([]);
  });

  it("says whose content is missing or another, though nobody erased it", async () => {
    const world = newWorld();
    const { runId } = (await world.start({ a: 1, b: 2 })).run;
    const [artifact] = (await world.payloads.list()).items;
    const artifactId = artifact?.artifactId ?? "";
    const where = { store: world.inner, payloads: world.payloads };
    await world.payloads.delete(artifactId);
    const forged = [
      ["", 1],
      ["", 2],
    ];
    await world.payloads.put(new TextEncoder().encode(JSON.stringify(forged)), { artifactId });
    expect(await verifyPayloads(where, runId)).toMatchObject({ ok: false, present: 0 });
    expect((await verifyPayloads(where, runId)).changed).toHaveLength(2);
    await expect(world.store.load(runId)).rejects.toThrow(codeIs("store_corrupt"));
    await world.payloads.delete(artifactId);
    expect((await verifyPayloads(where, runId)).missing).toHaveLength(2);
    await expect(world.store.load(runId)).rejects.toThrow(codeIs("store_corrupt"));
  });
});

describe("erasePayloads", () => {
  it("removes content for good, and leaves the ledger as it was and verifiable", async () => {
    const world = newWorld();
    const { store, memory, inner, payloads } = world;
    const runId = await anEndedRun(world);
    const other = await anEndedRun(world);
    const before = await textsBelow(memory, runId);
    expect(await erasePayloads({ store, payloads, clock }, runId, why)).toEqual({
      runIds: [runId],
      artifacts: 4,
    });
    expect(await textsBelow(memory, runId)).toBe(before);
    expect(await verifyRun(memory, runId)).toMatchObject({ ok: true });
    expect(await verifyPayloads({ store: inner, payloads }, runId)).toMatchObject({
      ok: true,
      present: 0,
      erased: 7,
    });
    for (const { artifactId } of (await payloads.list({ runId })).items)
      expect(artifactId).toMatch(/^erased-/);
    expect((await world.read(other)).run.output).toBe("canary");
    expect(await verifyPayloads({ store: inner, payloads }, other)).toMatchObject({ present: 7 });
  });

  it("leaves texts that say so, also in lists and records", async () => {
    const world = newWorld();
    const { store, payloads } = world;
    const runId = await anEndedRun(world);
    const other = await anEndedRun(world);
    await erasePayloads({ store, payloads, clock }, runId, why);
    const { run } = await world.read(runId);
    expect([run.status, isErasedPayload(run.output), isErasedPayload(run.vars["n"])]).toEqual([
      "completed",
      true,
      true,
    ]);
    expect(isErasedPayload("canary")).toBe(false);
    const { items } = await store.list();
    expect(items.map((item) => item.run.runId).toSorted()).toEqual([runId, other].toSorted());
    const [record] = await store.records(runId);
    expect(record?.kind === "created" && isErasedPayload(record.vars["name"])).toBe(true);
  });

  it("keeps who erased what, when and why", async () => {
    const world = newWorld();
    const { store, payloads } = world;
    const runId = await anEndedRun(world);
    await erasePayloads({ store, payloads, clock }, runId, why);
    const again = await erasePayloads({ store, payloads, clock }, runId, { reason: "x", by: "y" });
    expect(again.artifacts).toBe(0);
    const erasures = await listErasures(payloads, runId);
    expect(erasures).toHaveLength(4);
    expect(new Set(erasures.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(erasures[0]).toEqual({ runId, erasedAt: "2026-05-01T00:00:00.000Z", ...why });
  });

  it("erases all runs that a query finds, or none when one of them goes on", async () => {
    const world = newWorld();
    const { store, payloads } = world;
    const options = { sessionId: "ann", records: [ended("canary")] };
    for (const vars of [{ a: 1 }, { a: 2 }]) await store.create(newRun({ ...options, vars }));
    const living = await store.create(newRun({ sessionId: "ann", vars: { a: 3 } }));
    const ofAnn = { sessionId: "ann", limit: 1 };
    await expect(erasePayloads({ store, payloads, clock }, ofAnn, why)).rejects.toThrow(
      codeIs("invalid_argument"),
    );
    for (const { run } of (await store.list()).items)
      expect(isErasedPayload(run.vars["a"])).toBe(false);
    await world.commit(living.stored.run.runId, ended());
    expect((await erasePayloads({ store, payloads, clock }, ofAnn, why)).runIds).toHaveLength(3);
    for (const { run } of (await store.list()).items)
      expect(isErasedPayload(run.vars["a"])).toBe(true);
  });

  it("erases what a fork copied in both, gives no driver a run that lost content, and no other the blame", async () => {
    const world = newWorld();
    const { store, payloads } = world;
    const runId = await anEndedRun(world);
    const fork = newFork(runId, (await store.records(runId)).slice(0, 1));
    const wakeAt = "2026-01-01T00:00:00.000Z";
    await store.create({ ...fork, wakeAt });
    await store.create(newRun({ runId: "fine", vars: { a: 1 }, wakeAt }));
    await erasePayloads({ store, payloads, clock }, runId, why);
    const forked = (await world.read(fork.run.runId)).run;
    expect(isErasedPayload(forked.vars["name"])).toBe(true);
    const request = { owner: "o", leaseMs: 30_000, limit: 2, leaseIds: ["l1", "l2"] };
    const { runs } = await store.claimDue(request);
    expect(runs.map(({ run }) => run.runId)).toEqual(["fine"]);
    const again = digestPayloads(world.inner, { payloads });
    await store.create({ ...newFork(runId, (await store.records(runId)).slice(0, 1)), wakeAt });
    await expect(again.claimDue(request)).rejects.toThrow(codeIs("payload_erased"));
  });

  it("refuses a run that is not there", async () => {
    const { store, payloads } = newWorld();
    await expect(erasePayloads({ store, payloads }, "nobody", why)).rejects.toThrow(
      codeIs("run_not_found"),
    );
  });
});
