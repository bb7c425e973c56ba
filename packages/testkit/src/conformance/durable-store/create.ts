import { ended } from "../fixtures/drafts.ts";
import { newEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { unique } from "../fixtures/unique.ts";
import { atOnce } from "./store-world.ts";
import type { Theme } from "./theme.ts";

export const createTheme: Theme = {
  title: "create",
  cases: (it, expect) => {
    it("stores the state, the head and the first records of a new run", async ({ store }) => {
      const given = newRun({ vars: { context: { question: "why?" } }, actorId: "actor-1" });
      const { created, stored } = await store.create(given);
      expect(created).toBe(true);
      expect(stored.run).toEqual(given.run);
      expect(stored.head).toEqual({
        wakeAt: null,
        leaseId: null,
        leaseOwner: null,
        claims: 0,
        inboxSeq: 0,
        inboxSize: 0,
        commitId: given.commitId,
        ledgerHead: stored.head.ledgerHead,
      });
      expect(await store.load(given.run.runId)).toEqual(stored);
      expect(await store.records(given.run.runId)).toEqual(given.records);
    });

    it("answers absence with undefined and nothing", async ({ store }) => {
      expect(await store.load("nobody")).toBe(undefined);
      expect(await store.records("nobody")).toEqual([]);
      expect(await store.recordTexts("nobody")).toEqual([]);
      expect(await store.readInbox("nobody")).toEqual([]);
    });

    it("finds the run that has the id instead of making another", async ({ store }) => {
      const first = newRun({ vars: { n: 1 } });
      const second = newRun({
        runId: first.run.runId,
        vars: { n: 2 },
        wakeAt: first.run.createdAt,
      });
      await store.create(first);
      const { created, stored } = await store.create(second);
      expect(created).toBe(false);
      expect(stored.run).toEqual(first.run);
      expect(stored.head.commitId).toBe(first.commitId);
      expect(stored.head.wakeAt).toBe(null);
      expect(await store.records(first.run.runId)).toEqual(first.records);
    });

    it("counts as made when it is sent again", async ({ store }) => {
      const given = newRun();
      await store.create(given);
      const { created, stored } = await store.create(given);
      expect(created).toBe(true);
      expect(stored.run).toEqual(given.run);
      expect(await store.records(given.run.runId)).toEqual(given.records);
    });

    it("counts as made when it is sent again after the run went on", async ({ store }) => {
      const given = newRun();
      const { stored: first } = await store.create(given);
      await store.commit(nextChange(first));
      const { created, stored } = await store.create(given);
      expect(created).toBe(true);
      expect(stored.run.revision).toBe(2);
    });

    it("makes a run once when many ask at once", async ({ store }) => {
      const runId = unique("run");
      const answers = await atOnce(20, (n) => store.create(newRun({ runId, vars: { n } })));
      expect(answers.filter(({ created }) => created).length).toBe(1);
      const made = answers.find(({ created }) => created)?.stored.run;
      for (const { stored } of answers) expect(stored.run).toEqual(made);
      expect((await store.records(runId)).length).toBe(1);
    });

    it("leaves a free run to be looked at at its wakeAt", async (world) => {
      const { run, head } = await world.start({ wakeAt: world.in(5_000) });
      expect(head.wakeAt).toBe(world.in(5_000));
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(5_000);
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("gives the run to the driver that drives it at once", async (world) => {
      const lease = newLease({ leaseMs: 10_000 });
      const { run, head } = await world.start({ lease, wakeAt: world.in(0) });
      expect([head.leaseId, head.leaseOwner]).toEqual([lease.leaseId, lease.owner]);
      expect(head.wakeAt).toBe(world.in(10_000));
      expect(head.claims).toBe(0);
      await world.clock.advance(9_999);
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(1);
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("stores a run that ended in its first commit as free and never due", async (world) => {
      const options = { records: [ended()], lease: newLease(), wakeAt: world.in(0) };
      const { run, head } = await world.start(options);
      expect(run.status).toBe("completed");
      expect([head.leaseId, head.wakeAt]).toEqual([null, null]);
      await world.clock.advance(60_000);
      expect(await world.claim()).toEqual([]);
    });

    it("creates children and delivers messages in the same write", async (world) => {
      const addressee = await world.start();
      const child = newRun({ wakeAt: world.in(0) });
      const message = newEvent();
      const messages = [{ runId: addressee.run.runId, message }];
      await world.start({ children: [child], messages });
      expect((await world.read(child.run.runId)).run).toEqual(child.run);
      const inbox = await world.store.readInbox(addressee.run.runId);
      expect(inbox).toEqual([{ position: 1, message }]);
    });

    it("creates and delivers nothing when the run exists", async (world) => {
      const { run } = await world.start();
      const child = newRun();
      const messages = [{ runId: run.runId, message: newEvent() }];
      await world.store.create(newRun({ runId: run.runId, children: [child], messages }));
      expect(await world.store.load(child.run.runId)).toBe(undefined);
      expect((await world.read(run.runId)).head.inboxSeq).toBe(0);
    });
  },
};
