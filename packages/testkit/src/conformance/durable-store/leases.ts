import type { StoredRun } from "@abstractruntime/core/store";
import { moved } from "../fixtures/drafts.ts";
import { newEvent, newLease } from "../fixtures/messages.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { endOf } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** The lease of a held run, as `renew` and `giveBack` name it. */
function leaseOf({ run, head }: StoredRun): { readonly runId: string; readonly leaseId: string } {
  return { runId: run.runId, leaseId: head.leaseId ?? "none" };
}

export const leasesTheme: Theme = {
  title: "leases",
  cases: (it, expect) => {
    it("refuses a commit under another lease, though the revision is right", async (world) => {
      const held = await world.start({ lease: newLease() });
      const stolen = nextChange(held, { leaseId: "another", records: [moved({ stolen: true })] });
      expect(await endOf(world.store.commit(stolen))).toBe("lease_lost");
      expect(await world.read(held.run.runId)).toEqual(held);
      expect((await world.store.records(held.run.runId)).length).toBe(1);
    });

    it("refuses a commit under a lease when the run is free", async ({ store, start, read }) => {
      const free = await start();
      expect(await endOf(store.commit(nextChange(free, { leaseId: "old" })))).toBe("lease_lost");
      expect(await read(free.run.runId)).toEqual(free);
    });

    it("refuses a commit without lease while somebody holds the run", async (world) => {
      const held = await world.start({ lease: newLease({ leaseMs: 10_000 }) });
      await world.clock.advance(9_999);
      expect(await endOf(world.store.commit(nextChange(held, { leaseId: null })))).toBe(
        "run_leased",
      );
      expect(await world.read(held.run.runId)).toEqual(held);
    });

    it("takes a commit without lease when the lease has run out", async (world) => {
      const held = await world.start({ lease: newLease({ leaseMs: 10_000 }) });
      await world.clock.advance(10_000);
      expect(await endOf(world.store.commit(nextChange(held, { leaseId: null })))).toBe(
        "fulfilled",
      );
      expect((await world.read(held.run.runId)).head.leaseId).toBe(null);
    });

    it("takes a commit under a lease that ran out while nobody took the run", async (world) => {
      const lease = newLease({ leaseMs: 10_000 });
      const held = await world.start({ lease });
      await world.clock.advance(20_000);
      const { head } = await world.commit(held, { lease });
      expect([head.leaseId, head.wakeAt]).toEqual([lease.leaseId, world.in(10_000)]);
    });

    it("is lost to its driver in all it does once another took the run", async (world) => {
      const { store, clock, start, claim, read } = world;
      const slept = await start({ lease: newLease({ leaseMs: 10_000 }) });
      await clock.advance(10_000);
      expect(await claim({ owner: "other" })).toEqual([slept.run.runId]);
      const taken = await read(slept.run.runId);
      expect(taken.head.leaseOwner).toBe("other");
      expect(await endOf(store.commit(nextChange(slept)))).toBe("lease_lost");
      expect((await store.renew([leaseOf(slept)], 60_000)).size).toBe(0);
      const back = { ...leaseOf(slept), inboxSeq: 0, wakeAt: null };
      expect(await endOf(store.giveBack(back))).toBe("lease_lost");
      expect(await read(slept.run.runId)).toEqual(taken);
      expect(await endOf(store.commit(nextChange(taken)))).toBe("fulfilled");
    });

    it("is prolonged by renewal, from the renewal on", async (world) => {
      const held = await world.start({ lease: newLease({ leaseMs: 10_000 }) });
      await world.clock.advance(9_000);
      expect([...(await world.store.renew([leaseOf(held)], 10_000))]).toEqual([
        [held.run.runId, 0],
      ]);
      expect((await world.read(held.run.runId)).head.wakeAt).toBe(world.in(10_000));
      await world.clock.advance(9_999);
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(1);
      expect(await world.claim()).toEqual([held.run.runId]);
    });

    it("is renewed for those that still hold it alone, with each run's inboxSeq", async (world) => {
      const { store, start } = world;
      const [mine, theirs, free] = [
        await start({ lease: newLease() }),
        await start({ lease: newLease() }),
        await start(),
      ];
      await store.deliver(mine.run.runId, newEvent());
      const claims = [
        leaseOf(mine),
        { runId: theirs.run.runId, leaseId: "mine" },
        { runId: free.run.runId, leaseId: "mine" },
        { runId: "nobody", leaseId: "mine" },
      ];
      expect([...(await store.renew(claims, 60_000))]).toEqual([[mine.run.runId, 1]]);
      expect((await world.read(theirs.run.runId)).head.wakeAt).toBe(world.in(30_000));
      expect((await world.read(free.run.runId)).head).toEqual(free.head);
    });

    it("is renewed after it ran out, if nobody took the run", async (world) => {
      const held = await world.start({ lease: newLease({ leaseMs: 10_000 }) });
      await world.clock.advance(11_000);
      expect((await world.store.renew([leaseOf(held)], 10_000)).size).toBe(1);
      expect(await world.claim()).toEqual([]);
    });

    it("is given back without touching state or revision, and its claims count anew", async (world) => {
      await world.start({ wakeAt: world.in(0) });
      const [runId = ""] = await world.claim();
      const held = await world.read(runId);
      await world.store.giveBack({ ...leaseOf(held), inboxSeq: 0, wakeAt: world.in(2_000) });
      const { run, head } = await world.read(runId);
      expect(run).toEqual(held.run);
      expect(head).toEqual({
        ...held.head,
        leaseId: null,
        leaseOwner: null,
        claims: 0,
        wakeAt: world.in(2_000),
      });
      await world.clock.advance(2_000);
      expect(await world.claim()).toEqual([runId]);
    });

    it("is given back by its holder alone", async ({ store, start, read }) => {
      const held = await start({ lease: newLease() });
      const free = await start();
      const back = (runId: string) =>
        endOf(store.giveBack({ runId, leaseId: "another", inboxSeq: 0, wakeAt: null }));
      expect(await back(held.run.runId)).toBe("lease_lost");
      expect(await back(free.run.runId)).toBe("lease_lost");
      expect(await back("nobody")).toBe("lease_lost");
      expect(await read(held.run.runId)).toEqual(held);
    });

    it("is not given back while there are unread messages", async (world) => {
      const held = await world.start({ lease: newLease() });
      await world.store.deliver(held.run.runId, newEvent());
      const before = await world.read(held.run.runId);
      const back = { ...leaseOf(held), inboxSeq: 0, wakeAt: null };
      expect(await endOf(world.store.giveBack(back))).toBe("inbox_changed");
      expect(await world.read(held.run.runId)).toEqual(before);
      expect(await endOf(world.store.giveBack({ ...back, inboxSeq: 1 }))).toBe("fulfilled");
      expect((await world.read(held.run.runId)).head.wakeAt).toBe(null);
    });
  },
};
