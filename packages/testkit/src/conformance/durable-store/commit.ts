import { type Change, foldRun } from "@abstractruntime/core/store";
import { begun, completed, ended, moved, waiting } from "../fixtures/drafts.ts";
import { newEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { atOnce, endOf } from "./store-world.ts";
import type { Theme } from "./theme.ts";

export const commitTheme: Theme = {
  title: "commit",
  cases: (it, expect) => {
    it("stores the new records and the new state", async ({ store, start, read }) => {
      const before = await start({ vars: { kept: true } });
      const change = nextChange(before, { records: [moved({ added: [1, { two: 2 }] }), begun(1)] });
      expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
      const after = await read(before.run.runId);
      expect(after.run).toEqual(change.run);
      expect(after.run.revision).toBe(2);
      expect(after.head.commitId).toBe(change.commitId);
      const records = await store.records(before.run.runId);
      expect(records.slice(1)).toEqual(change.records);
    });

    it("keeps a state that is the fold of the ledger, commit after commit", async (world) => {
      let stored = await world.start({ vars: { list: [] } });
      const steps = [
        [moved({ a: 1 }), begun(1)],
        [completed(1, { text: "x" }), begun(2)],
        [completed(2, [])],
        [waiting()],
      ];
      for (const records of steps) {
        stored = await world.commit(stored, { records });
        const ledger = await world.store.records(stored.run.runId);
        expect(stored.run).toEqual(foldRun(ledger));
      }
    });

    it("keeps many records in their order", async ({ store, start, commit }) => {
      const records = Array.from({ length: 1_000 }, (_, n) => moved({ n }));
      const { run } = await commit(await start(), { records });
      const ledger = await store.records(run.runId);
      expect(ledger.map((record) => record.seq)).toEqual(
        Array.from({ length: 1_001 }, (_, n) => n + 1),
      );
      expect(ledger.map((record) => record.last)).toEqual(
        ledger.map(({ seq }) => seq === 1 || seq === 1_001),
      );
      expect(run.vars).toEqual({ n: 999 });
    });

    it("refuses to write a run that is not there", async ({ store, start }) => {
      const unknown = nextChange({ ...(await start()), run: newRun().run });
      expect(await endOf(store.commit(unknown))).toBe("run_not_found");
      expect(await store.load(unknown.runId)).toBe(undefined);
    });

    it("refuses a change of another revision and writes none of it", async (world) => {
      const { store, start, commit, read } = world;
      const first = await start();
      const second = await commit(first, { records: [moved({ n: 1 })] });
      const child = newRun();
      const messages = [{ runId: first.run.runId, message: newEvent() }];
      const stale = nextChange(first, { records: [moved({ n: 2 })], children: [child], messages });
      expect(await endOf(store.commit(stale))).toBe("revision_conflict");
      expect(await read(first.run.runId)).toEqual(second);
      expect((await store.records(first.run.runId)).length).toBe(2);
      expect(await store.load(child.run.runId)).toBe(undefined);
    });

    it("lets exactly one of many writers of a revision win", async ({ store, start, read }) => {
      let stored = await start();
      for (let round = 1; round <= 5; round += 1) {
        const before = stored;
        const changes = Array.from({ length: 20 }, (_, n) =>
          nextChange(before, { records: [moved({ n })] }),
        );
        const ends = await Promise.all(changes.map((change) => endOf(store.commit(change))));
        expect(ends.map(String).toSorted()).toEqual([
          "fulfilled",
          ...Array<string>(19).fill("revision_conflict"),
        ]);
        stored = await read(before.run.runId);
        expect(stored.run).toEqual(changes[ends.indexOf("fulfilled")]?.run);
        expect(stored.run.revision).toBe(1 + round);
        expect(foldRun(await store.records(stored.run.runId))).toEqual(stored.run);
      }
    });

    it(
      "lets one of two writers of a run win when each has opened the store",
      async (world) => {
        const stores = [world.store, await world.open()];
        const { run } = await world.start();
        for (let round = 1; round <= 10; round += 1) {
          const read = await world.read(run.runId);
          const ends = await Promise.all(
            stores.map((store, n) =>
              endOf(store.commit(nextChange(read, { records: [moved({ n })] }))),
            ),
          );
          expect(ends.map(String).toSorted()).toEqual(["fulfilled", "revision_conflict"]);
        }
        const after = await world.read(run.runId);
        expect(after.run.revision).toBe(11);
        expect(foldRun(await world.store.records(run.runId))).toEqual(after.run);
      },
      ({ writers }) => writers === "many_processes",
    );

    it("keeps writers of different runs out of each other's way", async ({ start, commit }) => {
      const runs = await atOnce(20, () => start());
      const after = await Promise.all(
        runs.map((read, n) => commit(read, { records: [moved({ n })] })),
      );
      expect(after.map(({ run }) => run.vars["n"])).toEqual(runs.map((_, n) => n));
    });

    it("gives each of many changes at once its own end", async (world) => {
      const { store, start } = world;
      const good = await atOnce(10, () => start());
      const [stale, held, told, gone] = [
        await start(),
        await start({ lease: newLease() }),
        await start(),
        newRun(),
      ];
      await world.commit(stale);
      await store.deliver(told.run.runId, newEvent());
      const bad: readonly (readonly [Change, unknown])[] = [
        [nextChange(stale), "revision_conflict"],
        [nextChange(held, { leaseId: null }), "run_leased"],
        [nextChange(held, { leaseId: "another's" }), "lease_lost"],
        [nextChange(told, { refuseNewMessages: true }), "inbox_changed"],
        [nextChange({ run: gone.run, head: stale.head }), "run_not_found"],
      ];
      const changes = [...good.map((run) => nextChange(run)), ...bad.map(([change]) => change)];
      const ends = await Promise.all(changes.map((change) => endOf(store.commit(change))));
      expect(ends).toEqual([...good.map(() => "fulfilled"), ...bad.map(([, code]) => code)]);
      const lengths = good.map(async ({ run }) => (await store.records(run.runId)).length);
      expect(await Promise.all(lengths)).toEqual(good.map(() => 2));
    });

    it("gives the run back, to be looked at at wakeAt", async (world) => {
      const started = await world.start({ lease: newLease() });
      const { run, head } = await world.commit(started, { wakeAt: world.in(1_000) });
      expect([head.leaseId, head.leaseOwner, head.wakeAt]).toEqual([null, null, world.in(1_000)]);
      await world.clock.advance(999);
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(1);
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("is never due by itself when wakeAt is null", async (world) => {
      await world.commit(await world.start({ wakeAt: world.in(0) }), { wakeAt: null });
      await world.clock.advance(10 * 365 * 86_400_000);
      expect(await world.claim()).toEqual([]);
    });

    it("holds the run from the write on when it takes or keeps a lease", async (world) => {
      const lease = newLease({ leaseMs: 5_000 });
      const taken = await world.commit(await world.start(), { lease, wakeAt: world.in(1) });
      expect([taken.head.leaseId, taken.head.wakeAt]).toEqual([lease.leaseId, world.in(5_000)]);
      await world.clock.advance(4_000);
      const kept = await world.commit(taken, { lease });
      expect([kept.head.leaseId, kept.head.wakeAt]).toEqual([lease.leaseId, world.in(5_000)]);
      await world.clock.advance(4_999);
      expect(await world.claim()).toEqual([]);
    });

    it("understands a wakeAt with any offset", async (world) => {
      const { run } = await world.commit(await world.start(), {
        wakeAt: "2026-01-01T02:00:01+02:00",
      });
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(1_000);
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("leaves an ended run free and never due, also with messages it has not read", async (world) => {
      const before = await world.start({ lease: newLease() });
      await world.store.deliver(before.run.runId, newEvent());
      const wakeAt = world.in(0);
      const { head } = await world.commit(before, { records: [ended({ ok: true })], wakeAt });
      expect([head.leaseId, head.wakeAt]).toEqual([null, null]);
      await world.clock.advance(60_000);
      expect(await world.claim()).toEqual([]);
    });
  },
};
