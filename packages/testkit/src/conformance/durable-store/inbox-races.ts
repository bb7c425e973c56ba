import { ended, moved, paused, waiting } from "../fixtures/drafts.ts";
import { newEvent, newLease, newUnpause } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { endOf } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** Races are run this often, since one run may meet one order only. */
const rounds = 20;

export const inboxRacesTheme: Theme = {
  title: "deliveries that race the run's driver",
  cases: (it, expect) => {
    it("make a run due that begins a wait without having read them", async (world) => {
      const held = await world.start({ lease: newLease() });
      const message = newEvent();
      await world.store.deliver(held.run.runId, message);
      await world.clock.advance(1_000);
      const change = nextChange(held, { records: [waiting()], wakeAt: null });
      const messages = [{ position: 1, message }];
      expect(await world.store.commit(change)).toEqual({ inboxSeq: 1, messages });
      const { run, head } = await world.read(held.run.runId);
      expect([run.status, head.wakeAt, head.leaseId]).toEqual(["waiting", world.in(0), null]);
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("make a run due that waits already", async (world) => {
      const held = await world.start({ lease: newLease() });
      const { run, head } = await world.commit(held, { records: [waiting()] });
      expect(head.wakeAt).toBe(null);
      await world.store.deliver(run.runId, newEvent());
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("are never missed, whoever comes first", async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        const held = await world.start({ lease: newLease() });
        const change = nextChange(held, { records: [waiting()] });
        const deliver = (): Promise<unknown> => world.store.deliver(held.run.runId, newEvent());
        const commit = (): Promise<unknown> => world.store.commit(change);
        const order = round % 2 === 0 ? [deliver, commit] : [commit, deliver];
        await Promise.all(order.map((call) => call()));
        const { run, head } = await world.read(held.run.runId);
        expect([run.status, head.inboxSeq]).toEqual(["waiting", 1]);
        expect(await world.claim()).toEqual([held.run.runId]);
      }
    });

    it("do not make a run due that has read them", async (world) => {
      const held = await world.start({ lease: newLease() });
      await world.store.deliver(held.run.runId, newEvent());
      const change = nextChange(held, { records: [waiting()], inboxSeq: 1 });
      expect(await world.store.commit(change)).toEqual({ inboxSeq: 1, messages: [] });
      expect(await world.claim()).toEqual([]);
    });

    it("make a run due that pauses without having read them, so that no unpause is lost", async (world) => {
      const held = await world.start({ lease: newLease() });
      await world.store.deliver(held.run.runId, newUnpause());
      await world.store.commit(nextChange(held, { records: [paused()] }));
      expect(await world.claim()).toEqual([held.run.runId]);
    });

    it("are returned by a commit that goes on, which keeps its lease", async (world) => {
      const lease = newLease();
      const held = await world.start({ lease });
      const [read, unread] = [newEvent(), newEvent()];
      await world.store.deliver(held.run.runId, read);
      await world.store.deliver(held.run.runId, unread);
      const change = nextChange(held, { inboxSeq: 1, lease });
      const messages = [{ position: 2, message: unread }];
      expect(await world.store.commit(change)).toEqual({ inboxSeq: 2, messages });
      expect((await world.read(held.run.runId)).head.leaseId).toBe(lease.leaseId);
    });

    it("are not returned by the commit that consumes them", async (world) => {
      const { runId } = (await world.start()).run;
      const [first, second] = [newEvent(), newEvent()];
      await world.store.deliver(runId, first);
      await world.store.deliver(runId, second);
      const consumed = [second.messageId];
      const change = nextChange(await world.read(runId), { inboxSeq: 0, consumed });
      const messages = [{ position: 1, message: first }];
      expect(await world.store.commit(change)).toEqual({ inboxSeq: 2, messages });
    });

    it("refuse a change that must not miss them, and nothing is written", async (world) => {
      const held = await world.start({ lease: newLease() });
      await world.store.deliver(held.run.runId, newEvent());
      const before = await world.read(held.run.runId);
      const [child, other] = [newRun(), await world.start()];
      const messages = [{ runId: other.run.runId, message: newEvent() }];
      const change = nextChange(held, { refuseNewMessages: true, children: [child], messages });
      expect(await endOf(world.store.commit(change))).toBe("inbox_changed");
      expect(await world.read(held.run.runId)).toEqual(before);
      expect((await world.store.records(held.run.runId)).length).toBe(1);
      expect(await world.store.load(child.run.runId)).toBe(undefined);
      expect((await world.read(other.run.runId)).head.inboxSeq).toBe(0);
    });

    it("do not refuse a change that has read them, consumed or not", async (world) => {
      const held = await world.start({ lease: newLease() });
      await world.store.deliver(held.run.runId, newEvent());
      const change = nextChange(held, { refuseNewMessages: true, inboxSeq: 1 });
      expect(await endOf(world.store.commit(change))).toBe("fulfilled");
    });

    it("either refuse a timeout or come after it, never between", async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        const held = await world.start({ lease: newLease(), records: [waiting()] });
        const change = nextChange(held, { records: [moved()], refuseNewMessages: true });
        const deliver = (): Promise<unknown> => world.store.deliver(held.run.runId, newEvent());
        const commit = (): Promise<unknown> => endOf(world.store.commit(change));
        const [end] =
          round % 2 === 0
            ? await Promise.all([commit(), deliver()])
            : (await Promise.all([deliver(), commit()])).toReversed();
        const { run, head } = await world.read(held.run.runId);
        const seen = [end, run.revision, head.leaseId === null, head.wakeAt === world.in(0)];
        const ahead = ["fulfilled", 2, true, true];
        expect(seen).toEqual(end === "fulfilled" ? ahead : ["inbox_changed", 1, false, false]);
      }
    });

    it("either refuse a give-back or make the run due", async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        const { run, head } = await world.start({ lease: newLease() });
        const back = { runId: run.runId, leaseId: head.leaseId ?? "", inboxSeq: 0, wakeAt: null };
        const giveBack = (): Promise<unknown> => endOf(world.store.giveBack(back));
        const deliver = (): Promise<unknown> => world.store.deliver(run.runId, newEvent());
        const [end] =
          round % 2 === 0
            ? await Promise.all([giveBack(), deliver()])
            : (await Promise.all([deliver(), giveBack()])).toReversed();
        const due = await world.claim({ runIds: [run.runId] });
        expect([end, due]).toEqual(
          end === "fulfilled" ? [end, [run.runId]] : ["inbox_changed", []],
        );
      }
    });

    it("are either accepted or told that the run has ended", async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        const read = await world.start();
        const change = nextChange(read, { records: [ended()], refuseNewMessages: true });
        const [end, answer] = await Promise.all([
          endOf(world.store.commit(change)),
          world.store.deliver(read.run.runId, newEvent()),
        ]);
        expect([end, answer]).toEqual(
          end === "fulfilled" ? [end, "ended"] : ["inbox_changed", "accepted"],
        );
      }
    });
  },
};
