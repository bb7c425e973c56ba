import {
  combineStores,
  MemoryArtifactStore,
  MemoryLedgerStore,
  MemoryRunStore,
  MemoryStore,
  offload,
} from "@abstractruntime/core";
import type { DurableStore, LedgerRecord } from "@abstractruntime/core/store";
import { moved, newFork, newRun } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import {
  explainProblem,
  hashChain,
  HashChainedLedgerStore,
  verifyLedger,
  verifyRun,
  type LedgerReport,
} from "../src/index.ts";
import { rehash } from "./mutate.ts";
import { chainedRun, commitTo, readLedger, writeRun } from "./chained-run.ts";

/** What a report finds, in short. */
function found({ chain, problems }: LedgerReport): readonly unknown[] {
  return [...chain.errors, ...problems].map(({ type, ...problem }) => [
    type,
    "index" in problem ? problem.index : null,
  ]);
}

describe("verifyLedger", () => {
  it("finds nothing in a ledger that is whole, and says what it compared", async () => {
    const { texts, head, state } = await chainedRun();
    const report = verifyLedger({ texts, head, state });
    expect(report).toMatchObject({ ok: true, problems: [], foldedFrom: 1, run: state });
    expect(report.head).toEqual(head);
    expect(report.compared).toEqual({ runId: true, count: true, headHash: true, state: true });
    expect(verifyLedger({ texts }).compared).toEqual({
      runId: false,
      count: false,
      headHash: false,
      state: false,
    });
  });

  it("finds a tail that was cut, and a ledger that was emptied (0.2.0 D19)", async () => {
    const { texts, head } = await chainedRun();
    const cut = verifyLedger({ texts: texts.slice(0, 3), head });
    expect(found(cut)).toEqual([
      ["commit_torn", 3],
      ["tail_cut", 3],
    ]);
    expect(cut.problems.map(explainProblem)).toEqual([
      "the commit before record 4 lacks its last record",
      "the last 2 records are missing, from record 4 on",
    ]);
    expect(found(verifyLedger({ texts: [], head }))).toEqual([["tail_cut", 0]]);
  });

  it("finds another run's ledger in the place of this one (0.2.0 D19)", async () => {
    const { head } = await chainedRun();
    const { texts } = await chainedRun();
    expect(found(verifyLedger({ texts, head }))).toEqual([
      ["other_run", 0],
      ["head_hash_mismatch", 4],
    ]);
  });

  it("finds a history that was written and hashed anew (0.2.0 D19)", async () => {
    const store = new MemoryStore();
    const chained = hashChain(store);
    const { head } = await writeRun(chained, [[{ paid: 1 }], [{ paid: 2 }]]);
    const forged = hashChain(new MemoryStore());
    const first = newRun({ runId: head.runId, records: [moved({ paid: 9 })], vars: { at: 0 } });
    await forged.create(first);
    await commitTo(forged, head.runId, [{ paid: 2 }]);
    const { texts } = await readLedger(forged, head.runId);
    expect(found(verifyLedger({ texts, head }))).toEqual([["head_hash_mismatch", 2]]);
  });

  it("finds records that the head does not know, of this run or of another", async () => {
    const { texts, head, state } = await chainedRun([[{ a: 1 }], [{ b: 2 }]]);
    const went = await chainedRun([[{ a: 1 }], [{ b: 2 }], [{ c: 3 }]]);
    expect(found(verifyLedger({ texts: [...texts, ...went.texts.slice(3)], head }))).toEqual([
      ["prev_hash_mismatch", 3],
      ["other_run", 3],
      ["not_foldable", 3],
      ["beyond_head", 3],
    ]);
    expect(found(verifyLedger({ texts, head: { ...head, count: 2 }, state }))).toEqual([
      ["head_hash_mismatch", 1],
      ["beyond_head", 2],
    ]);
  });

  it("finds a stored state that the records do not make, and names the place", async () => {
    const { texts, head, state } = await chainedRun([[{ user: { credit: 10, tags: ["a"] } }]]);
    const forged = { ...state, vars: { ...state.vars, user: { credit: 10_000, tags: ["a"] } } };
    expect(verifyLedger({ texts, head, state: forged }).problems).toEqual([
      { type: "state_mismatch", path: "vars.user.credit" },
    ]);
  });

  it("finds what does not follow although its chain was made to fit", async () => {
    const { texts } = await chainedRun([[{ a: 1 }], [{ b: 2 }], [{ c: 3 }]]);
    const [created = "", first = "", second = "", third = ""] = texts;
    const made = (...lines: readonly string[]): readonly unknown[] =>
      found(verifyLedger({ texts: rehash(lines) }));
    expect(made(created, first, third)).toEqual([
      ["seq_gap", 2],
      ["commit_mismatch", 2],
      ["not_foldable", 2],
    ]);
    expect(made(first, second)).toEqual([
      ["seq_gap", 0],
      ["not_foldable", 0],
    ]);
    expect(made(created, first, second.replace('"moved"', '"unheard_of"'))).toEqual([
      ["unreadable_record", 2],
    ]);
    expect(made(created, first, second.replace(/"revision":2/, '"revision":7'))).toEqual([
      ["commit_mismatch", 2],
    ]);
  });
});

describe("verifyRun", () => {
  it("says so when there is no such run", async () => {
    await expect(verifyRun(new MemoryStore(), "nobody")).rejects.toThrow("there is no run nobody");
  });

  it("verifies a fork of a fork, whose beginnings are other runs'", async () => {
    const store = hashChain(new MemoryStore());
    const { head } = await writeRun(store, [[{ a: 1 }], [{ b: 2 }, { c: 3 }]]);
    const fork = async (runId: string, upTo: number): Promise<string> => {
      const given = newFork(runId, (await store.records(runId)).slice(0, upTo));
      const { stored } = await store.create(given);
      await commitTo(store, stored.run.runId);
      return stored.run.runId;
    };
    const child = await fork(head.runId, 3);
    const grandchild = await fork(child, 2);
    for (const runId of [child, grandchild]) {
      const report = await verifyRun(store, runId, { mayBeginUnchained: false });
      expect(found(report)).toEqual([]);
      expect(report.compared.state).toBe(true);
    }
    const { texts } = await readLedger(store, child);
    const other = await readLedger(
      store,
      (await writeRun(store, [[{ a: 1 }], [{ x: 2 }]])).head.runId,
    );
    const grafted = [...other.texts.slice(0, 3), ...texts.slice(3)];
    expect(found(verifyLedger({ texts: grafted })).slice(0, 2)).toEqual([
      ["prev_hash_mismatch", 3],
      ["fork_mismatch", 3],
    ]);
  });

  it("says where the chain begins in a run that was not chained from its beginning", async () => {
    const store = new MemoryStore();
    const { head } = await writeRun(store, [[{ a: 1 }], [{ b: 2 }]]);
    expect(await verifyRun(store, head.runId)).toMatchObject({
      ok: true,
      chain: { chainedFrom: null },
    });
    await commitTo(hashChain(store), head.runId);
    expect(await verifyRun(store, head.runId)).toMatchObject({
      ok: true,
      chain: { chainedFrom: 3 },
    });
    const strict = await verifyRun(store, head.runId, { mayBeginUnchained: false });
    expect(strict.chain).toMatchObject({ ok: false, firstBadIndex: 0 });
  });

  it("reports the gap that writing without the chain leaves, and goes on after it", async () => {
    const store = new MemoryStore();
    const chained = hashChain(store);
    const { head } = await writeRun(chained, [[{ a: 1 }]]);
    await commitTo(store, head.runId);
    await commitTo(chained, head.runId);
    await commitTo(chained, head.runId);
    expect(found(await verifyRun(chained, head.runId))).toEqual([
      ["prev_hash_mismatch", 2],
      ["missing_record_hash", 2],
      ["prev_hash_mismatch", 3],
    ]);
  });

  it("leaves out what a driver writes meanwhile", async () => {
    const store = hashChain(new MemoryStore());
    const { head } = await writeRun(store, [[{ a: 1 }]]);
    const busy: DurableStore = new Proxy(store, {
      get: (target, name) => {
        if (name !== "recordTexts")
          return (
            Reflect.get(target, name, target).bind?.(target) ?? Reflect.get(target, name, target)
          );
        return async (...args: Parameters<DurableStore["recordTexts"]>) => {
          await commitTo(target, head.runId);
          return target.recordTexts(...args);
        };
      },
    });
    expect(await verifyRun(busy, head.runId)).toMatchObject({ ok: true, head: { count: 2 } });
  });

  it("folds records, not texts, where large values stand apart", async () => {
    const artifacts = new MemoryArtifactStore();
    const store = offload(hashChain(new MemoryStore()), { artifacts, thresholdBytes: 10 });
    const { head, texts } = await writeRun(store, [[{ long: "x".repeat(100) }], [{ b: 2 }]]);
    expect(texts.join("")).toContain("$offloaded:");
    const report = await verifyRun(store, head.runId, { mayBeginUnchained: false });
    expect(report).toMatchObject({ ok: true, problems: [], compared: { state: true } });
  });

  it("verifies what two halves hold, whichever of them knows of the chain", async () => {
    const halves = { runs: new MemoryRunStore(), ledger: new MemoryLedgerStore() };
    const whole = hashChain(combineStores(halves));
    const known = await writeRun(whole, [[{ a: 1 }], [{ b: 2 }]]);
    expect((await verifyRun(whole, known.head.runId)).compared.headHash).toBe(true);
    const ledger = new HashChainedLedgerStore(new MemoryLedgerStore());
    const combined = combineStores({ runs: new MemoryRunStore(), ledger });
    const { head } = await writeRun(combined, [[{ a: 1 }], [{ b: 2 }]]);
    const report = await verifyRun(combined, head.runId, { mayBeginUnchained: false });
    expect(report).toMatchObject({ ok: true, compared: { count: true, headHash: false } });
  });
});

describe("two chains over one ledger store (0.2.0 D21, D23)", () => {
  it("go on from each other's records, and leave what they were given as it was", async () => {
    const inner = new MemoryLedgerStore();
    const [one, other] = [new HashChainedLedgerStore(inner), new HashChainedLedgerStore(inner)];
    const { records } = newRun({ records: [moved(), moved(), moved()] });
    const given = structuredClone(records);
    const runId = records[0]?.runId ?? "";
    const turns = [one, other, one, other];
    for (const [index, ledger] of turns.entries())
      await ledger.append(runId, [records[index] as LedgerRecord], index);
    expect(records).toEqual(given);
    const report = verifyLedger({ texts: await one.texts(runId), mayBeginUnchained: false });
    expect(report).toMatchObject({ ok: true, head: { count: 4 } });
  });
});
