import type { DurableStore, LedgerRecord, StoredRun } from "@abstractruntime/core/store";
import { moved } from "../fixtures/drafts.ts";
import { newFork } from "../fixtures/new-fork.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import type { Theme } from "./theme.ts";

/** Records as a hash chain leaves them; what the hashes are is not the store's affair. */
function chained<Given extends LedgerRecord>(
  records: readonly Given[],
  before: string | null = null,
): readonly Given[] {
  let prevHash = before;
  return records.map((record) => {
    const link = { ...record, prevHash, recordHash: `hash-${record.seq}`, signature: "signed" };
    prevHash = link.recordHash;
    return link;
  });
}

/** `record_hash` of the last line of a run's ledger, as it is stored. */
async function hashAtEnd(store: DurableStore, { run }: StoredRun): Promise<unknown> {
  const [text = "{}"] = await store.recordTexts(run.runId, { after: run.seq - 1 });
  return (JSON.parse(text) as { record_hash?: unknown }).record_hash;
}

export const chainTheme: Theme = {
  title: "hash-chained records",
  cases: (it, expect) => {
    it("are named by the head: the hash of the last record, or null", async (world) => {
      const { store, read, commit } = world;
      const first = newRun();
      await store.create({ ...first, records: chained(first.records) });
      const created = await read(first.run.runId);
      expect(created.head.ledgerHead).toBe(await hashAtEnd(store, created));
      const change = nextChange(created, { records: [moved({ a: 1 }), moved({ a: 2 })] });
      const links = chained(change.records, created.head.ledgerHead);
      await store.commit({ ...change, records: links });
      const committed = await read(first.run.runId);
      expect(committed.head.ledgerHead).toBe(await hashAtEnd(store, committed));
      expect(committed.head.ledgerHead === created.head.ledgerHead).toBe(false);
      const after = await commit(committed);
      expect(after.head.ledgerHead).toBe(await hashAtEnd(store, after));
    });

    it("are named by the heads of children and forks, too", async ({ store, start, read }) => {
      const parent = await start();
      const child = newRun({ parentRunId: parent.run.runId });
      const children = [{ ...child, records: chained(child.records) }];
      await store.commit(nextChange(parent, { children }));
      const born = await read(child.run.runId);
      expect(born.head.ledgerHead).toBe(await hashAtEnd(store, born));
      const fork = newFork(born.run.runId, await store.records(born.run.runId));
      const { stored } = await store.create({ ...fork, records: chained(fork.records) });
      expect(stored.head.ledgerHead).toBe(await hashAtEnd(store, stored));
    });

    it("have the same head in lists, claims and a store opened again", async (world) => {
      const { store } = world;
      const given = newRun({ wakeAt: world.in(0) });
      await store.create({ ...given, records: chained(given.records) });
      const { ledgerHead } = (await world.read(given.run.runId)).head;
      const heads = async (from: DurableStore): Promise<readonly unknown[]> =>
        (await from.list()).items.map(({ head }) => head.ledgerHead);
      expect(await heads(store)).toEqual([ledgerHead]);
      if (!store.capabilities.reopens) return;
      await store.close();
      expect(await heads(await world.open())).toEqual([ledgerHead]);
    });
  },
};
