import { migrated, waiting } from "../fixtures/drafts.ts";
import { newLease } from "../fixtures/messages.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { atOnce, claimRequest } from "./store-world.ts";
import type { Theme } from "./theme.ts";

export const claimDueTheme: Theme = {
  title: "claimDue",
  cases: (it, expect) => {
    it("takes what is due and leaves the rest", async (world) => {
      const due = await world.start({ wakeAt: world.in(0) });
      const overdue = await world.start({ wakeAt: world.in(-60_000) });
      await world.start({ wakeAt: world.in(1) });
      await world.start({ wakeAt: null });
      await world.start({ lease: newLease() });
      expect(await world.claim()).toEqual([overdue.run.runId, due.run.runId]);
      expect(await world.claim()).toEqual([]);
    });

    it("holds what it takes under the ids it was given, from the store's now on", async (world) => {
      const runId = (await world.start({ wakeAt: world.in(0) })).run.runId;
      await world.clock.advance(500);
      const fields = { owner: "worker-7", leaseMs: 4_000, limit: 1, leaseIds: ["lease-of-7"] };
      const { now, runs } = await world.store.claimDue(claimRequest(fields));
      expect(now).toBe(world.in(0));
      expect(runs).toEqual([await world.read(runId)]);
      const { head } = await world.read(runId);
      expect([head.leaseId, head.leaseOwner]).toEqual(["lease-of-7", "worker-7"]);
      expect(head.wakeAt).toBe(world.in(4_000));
    });

    it("gives each run a lease id of its own", async (world) => {
      await atOnce(5, () => world.start({ wakeAt: world.in(0) }));
      const request = claimRequest({ limit: 10 });
      const { runs } = await world.store.claimDue(request);
      const given = new Set(runs.map(({ head }) => head.leaseId));
      expect(given.size).toBe(5);
      expect([...given].every((id) => id !== null && request.leaseIds.includes(id))).toBe(true);
    });

    it("takes the earliest first, at most as many as asked for", async (world) => {
      const delays = [-3_000, -9_000, -1_000, -7_000, -5_000];
      for (const delay of delays)
        await world.start({ runId: `due${delay}`, wakeAt: world.in(delay) });
      expect(await world.claim({ limit: 2 })).toEqual(["due-9000", "due-7000"]);
      expect(await world.claim({ limit: 2 })).toEqual(["due-5000", "due-3000"]);
      expect(await world.claim({ limit: 2 })).toEqual(["due-1000"]);
      expect(await world.claim({ limit: 2 })).toEqual([]);
    });

    it("compares instants, not their text", async (world) => {
      await world.start({ runId: "second", wakeAt: "2025-12-31T20:00:00-03:00" });
      await world.start({ runId: "first", wakeAt: "2026-01-01T01:30:00.000000+03:00" });
      await world.start({ runId: "later", wakeAt: "2025-12-31T23:00:00-05:00" });
      expect(await world.claim()).toEqual(["first", "second"]);
    });

    it("never gives a run to two callers", async (world) => {
      const started = await atOnce(30, () => world.start({ wakeAt: world.in(0) }));
      const claims = await atOnce(12, (n) => world.claim({ owner: `driver-${n}`, limit: 5 }));
      const ids = started.map(({ run }) => run.runId);
      expect(claims.flat().toSorted()).toEqual(ids.toSorted());
    });

    it(
      "never gives a run to two callers that have each opened the store",
      async (world) => {
        const started = await atOnce(30, () => world.start({ wakeAt: world.in(0) }));
        const stores = [world.store, await world.open(), await world.open()];
        const claims = await atOnce(12, (n) => {
          const store = stores[n % stores.length] ?? world.store;
          return store.claimDue(claimRequest({ owner: `driver-${n}`, limit: 5 }));
        });
        const claimed = claims.flatMap(({ runs }) => runs.map(({ run }) => run.runId));
        const ids = started.map(({ run }) => run.runId);
        expect(new Set(claimed).size).toBe(claimed.length);
        expect([...claimed, ...(await world.claim())].toSorted()).toEqual(ids.toSorted());
      },
      ({ writers }) => writers === "many_processes",
    );

    it("takes a run again when its lease has run out, and counts", async (world) => {
      const { run } = await world.start({ wakeAt: world.in(0) });
      for (let claims = 1; claims <= 3; claims += 1) {
        expect(await world.claim({ leaseMs: 1_000 })).toEqual([run.runId]);
        expect((await world.read(run.runId)).head.claims).toBe(claims);
        await world.clock.advance(1_000);
      }
    });

    it("counts anew after a commit", async (world) => {
      const { run } = await world.start({ wakeAt: world.in(0) });
      await world.claim({ leaseMs: 1_000 });
      await world.clock.advance(1_000);
      await world.claim({ leaseMs: 1_000 });
      const { head } = await world.commit(await world.read(run.runId), { wakeAt: world.in(0) });
      expect(head.claims).toBe(0);
      await world.claim();
      expect((await world.read(run.runId)).head.claims).toBe(1);
    });

    it("changes no state and writes no record", async (world) => {
      const before = await world.start({ wakeAt: world.in(0) });
      await world.claim();
      expect((await world.read(before.run.runId)).run).toEqual(before.run);
      expect((await world.store.records(before.run.runId)).length).toBe(1);
    });

    it("takes runs of the workflows it is given", async (world) => {
      const wakeAt = world.in(0);
      await world.start({ runId: "a1", workflowId: "a", graphHash: "hash-1", wakeAt });
      await world.start({ runId: "a2", workflowId: "a", graphHash: "hash-2", wakeAt });
      await world.start({ runId: "b1", workflowId: "b", graphHash: "hash-1", wakeAt });
      await world.start({ runId: "c1", workflowId: "c", graphHash: "hash-1", wakeAt });
      expect(await world.claim({ workflows: [] })).toEqual([]);
      const one = [{ workflowId: "a", graphHash: "hash-2" }];
      expect(await world.claim({ workflows: one })).toEqual(["a2"]);
      const two = [{ workflowId: "a" }, { workflowId: "b", graphHash: "hash-1" }];
      expect((await world.claim({ workflows: two })).toSorted()).toEqual(["a1", "b1"]);
      const other = [{ workflowId: "c", graphHash: "hash-2" }];
      expect(await world.claim({ workflows: other })).toEqual([]);
      expect(await world.claim()).toEqual(["c1"]);
    });

    it("takes runs that the versions it is given have started", async (world) => {
      const wakeAt = world.in(0);
      const a = { workflowId: "a", graphHash: "hash-1", wakeAt };
      await world.start({ ...a, runId: "a1", workflowVersion: "1" });
      await world.start({ ...a, runId: "a2", workflowVersion: "2" });
      await world.start({ ...a, runId: "b1", workflowId: "b", workflowVersion: "1" });
      const first = { workflowId: "a", workflowVersion: "1" };
      const otherGraph = [{ ...first, graphHash: "hash-2" }];
      expect(await world.claim({ workflows: otherGraph })).toEqual([]);
      expect(await world.claim({ workflows: [first] })).toEqual(["a1"]);
      const both = [first, { workflowId: "a", workflowVersion: "2" }];
      expect(await world.claim({ workflows: both })).toEqual(["a2"]);
      expect(await world.claim()).toEqual(["b1"]);
    });

    it("finds a run that was migrated by its new graph and version alone", async (world) => {
      const given = { workflowVersion: "1", graphHash: "hash-1", wakeAt: world.in(0) };
      const before = await world.start({ runId: "run", workflowId: "a", ...given });
      const wakeAt = world.in(0);
      await world.store.commit(nextChange(before, { records: [migrated("2", "hash-2")], wakeAt }));
      const old = [
        { workflowId: "a", graphHash: "hash-1" },
        { workflowId: "a", workflowVersion: "1" },
      ];
      expect(await world.claim({ workflows: old })).toEqual([]);
      const now = [{ workflowId: "a", graphHash: "hash-2", workflowVersion: "2" }];
      expect(await world.claim({ workflows: now })).toEqual(["run"]);
    });

    it("counts a run without graph hash as every graph's, one without version as every version's", async (world) => {
      const old = { workflowId: "a", graphHash: null, wakeAt: world.in(0) };
      await world.start({ ...old, runId: "old", workflowVersion: null });
      await world.start({ ...old, runId: "named", workflowVersion: "2" });
      expect(await world.claim({ workflows: [{ workflowId: "b" }] })).toEqual([]);
      const workflows = [{ workflowId: "a", graphHash: "hash-1", workflowVersion: "7" }];
      expect(await world.claim({ workflows })).toEqual(["old"]);
      const second = [{ workflowId: "a", graphHash: "hash-2", workflowVersion: "2" }];
      expect(await world.claim({ workflows: second })).toEqual(["named"]);
    });

    it("takes only the runs it is given, however many others are due before them", async (world) => {
      await atOnce(20, (n) => world.start({ runId: `r${n}`, wakeAt: world.in(-n) }));
      await world.start({ runId: "later", wakeAt: world.in(1_000) });
      expect(await world.claim({ runIds: [] })).toEqual([]);
      const runIds = ["r3", "later", "nobody", "r0"];
      expect(await world.claim({ runIds, limit: 3 })).toEqual(["r3", "r0"]);
      expect((await world.claim()).length).toBe(18);
    });

    it("finds the due run of a workflow behind many of another", async (world) => {
      await atOnce(20, (n) => world.start({ workflowId: "a", wakeAt: world.in(-1_000 - n) }));
      await world.start({ runId: "b", workflowId: "b", wakeAt: world.in(0) });
      expect(await world.claim({ workflows: [{ workflowId: "b" }], limit: 1 })).toEqual(["b"]);
      expect((await world.claim()).length).toBe(20);
    });

    it("takes a waiting run when its timer is due", async (world) => {
      const until = world.in(86_400_000);
      const records = [waiting({ reason: "until", until })];
      const { run } = await world.start({ records, wakeAt: until });
      await world.clock.advance(86_399_999);
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(1);
      expect(await world.claim()).toEqual([run.runId]);
    });
  },
};
