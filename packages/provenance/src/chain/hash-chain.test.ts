import { MemoryStore } from "@abstractruntime/core";
import { renderRecord, type LedgerRecord } from "@abstractruntime/core/store";
import { FaultStore } from "@abstractruntime/testkit";
import { moved, newRun, nextChange } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { verifyRun } from "../verify/verify-run.ts";
import { hashChain } from "./hash-chain.ts";
import { linkRecords } from "./link-records.ts";

describe("hashChain", () => {
  it("sends the very same commit again when its answer was lost, and goes on from it", async () => {
    const inner = new MemoryStore();
    const faulty = new FaultStore(inner);
    const store = hashChain(faulty);
    const { stored } = await store.create(newRun());
    const { runId } = stored.run;
    const change = nextChange(stored, { records: [moved({ a: 1 })] });
    faulty.inject("commit", { kind: "fail_after" });
    await expect(store.commit(change)).rejects.toThrow("commit");
    // What stands above the chain makes something else of it the second time.
    const records = change.records.map((record) => ({ ...record, actorId: "another" }));
    await store.commit({ ...change, records });
    const run = change.run;
    const head = { ...stored.head, inboxSeq: 0 };
    await store.commit(nextChange({ run, head }, { records: [moved({ b: 2 })] }));
    expect(await verifyRun(inner, runId)).toMatchObject({ ok: true, head: { count: 3 } });
  });

  it("reads nothing between commits of a run that it knows", async () => {
    const faulty = new FaultStore(new MemoryStore());
    const store = hashChain(faulty);
    let { stored } = await store.create(newRun());
    for (const method of ["load", "records", "recordTexts"] as const)
      faulty.inject(method, { kind: "fail_before" }, 10);
    for (let n = 0; n < 5; n += 1) {
      const change = nextChange(stored, { records: [moved({ n })] });
      await store.commit(change);
      stored = { ...stored, run: change.run };
    }
    expect(faulty.faults).toEqual([]);
  });

  it("writes nothing when the sealer throws", async () => {
    const inner = new MemoryStore();
    const plain = hashChain(inner);
    const { stored } = await plain.create(newRun());
    const store = hashChain(inner, { seal: { seal: () => Promise.reject(new Error("no key")) } });
    await expect(store.commit(nextChange(stored))).rejects.toThrow("no key");
    expect((await inner.load(stored.run.runId))?.run.revision).toBe(1);
  });

  it("keeps the seals that it was given in the records, outside of what is hashed", async () => {
    const { records } = newRun({ records: [moved({ a: 1 })] });
    const seals = [null, 'a "seal"'];
    const sealer = { seal: () => seals };
    const sealed = await linkRecords(records, null, { sealer, writesTexts: true });
    const bare = await linkRecords(records, null, { sealer: undefined, writesTexts: false });
    const hashes = (all: readonly LedgerRecord[]) => all.map(({ recordHash }) => recordHash);
    expect(hashes(sealed)).toEqual(hashes(bare));
    expect(sealed.map(({ signature }) => signature)).toEqual([undefined, 'a "seal"']);
    // The text that is kept for a record is the one that any other record like it has.
    for (const record of sealed) expect(renderRecord(record)).toBe(renderRecord({ ...record }));
  });

  it("refuses a number of runs that is none", () => {
    expect(() => hashChain(new MemoryStore(), { cachedRuns: -1 })).toThrow("cachedRuns");
    expect(() => hashChain(new MemoryStore(), { cachedRuns: NaN })).toThrow("cachedRuns");
  });
});
