import { moved } from "../fixtures/drafts.ts";
import { newEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { atOnce, endOf } from "./store-world.ts";
import type { Theme } from "./theme.ts";

export const resendTheme: Theme = {
  title: "commit, sent again because its answer was lost",
  cases: (it, expect) => {
    it("is the success that it was, and written once", async ({ store, start, read }) => {
      const change = nextChange(await start(), { records: [moved({ n: 1 }), moved({ n: 2 })] });
      await store.commit(change);
      const before = await read(change.runId);
      expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
      expect(await read(change.runId)).toEqual(before);
      expect((await store.records(change.runId)).length).toBe(3);
    });

    it("succeeds although the lease it was written under is gone", async (world) => {
      const change = nextChange(await world.start({ lease: newLease() }), { wakeAt: world.in(0) });
      await world.store.commit(change);
      expect(await endOf(world.store.commit(change))).toBe("fulfilled");
      expect((await world.read(change.runId)).head.wakeAt).toBe(world.in(0));
    });

    it("succeeds and leaves the lease alone that somebody took meanwhile", async (world) => {
      const change = nextChange(await world.start({ lease: newLease() }), { wakeAt: world.in(0) });
      await world.store.commit(change);
      await world.claim();
      const claimed = await world.read(change.runId);
      expect(await endOf(world.store.commit(change))).toBe("fulfilled");
      expect(await world.read(change.runId)).toEqual(claimed);
    });

    it("is written once when it is sent twice at once", async ({ store, start }) => {
      for (let round = 0; round < 5; round += 1) {
        const change = nextChange(await start(), { lease: newLease() });
        const ends = await atOnce(5, () => endOf(store.commit(change)));
        expect(ends).toEqual(Array(5).fill("fulfilled"));
        expect((await store.records(change.runId)).length).toBe(2);
      }
    });

    it("creates its children and delivers its messages once", async ({ store, start, read }) => {
      const addressee = await start();
      const child = newRun();
      const messages = [{ runId: addressee.run.runId, message: newEvent() }];
      const change = nextChange(await start(), { children: [child], messages });
      await store.commit(change);
      await store.commit(change);
      expect((await read(addressee.run.runId)).head.inboxSeq).toBe(1);
      expect((await store.records(child.run.runId)).length).toBe(1);
    });

    it("returns the messages that came since", async ({ store, start }) => {
      const change = nextChange(await start(), { lease: newLease() });
      await store.commit(change);
      const message = newEvent();
      await store.deliver(change.runId, message);
      const messages = [{ position: 1, message }];
      expect(await store.commit(change)).toEqual({ inboxSeq: 1, messages });
    });

    it("is refused when another commit came after it", async ({ store, start, commit, read }) => {
      const change = nextChange(await start());
      await store.commit(change);
      const after = await commit(await read(change.runId), { records: [moved({ later: true })] });
      expect(await endOf(store.commit(change))).toBe("revision_conflict");
      expect(await read(change.runId)).toEqual(after);
      expect((await store.records(change.runId)).length).toBe(3);
    });

    it("shows in the ledger by its commitId, also after another commit", async (world) => {
      const change = nextChange(await world.start());
      await world.store.commit(change);
      await world.commit(await world.read(change.runId));
      const ledger = await world.store.records(change.runId, { after: 1, limit: 1 });
      expect(ledger.map((record) => record.commitId)).toEqual([change.commitId]);
    });
  },
};
