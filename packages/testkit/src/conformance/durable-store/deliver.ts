import { answered, ended, newWait, paused, waiting } from "../fixtures/drafts.ts";
import {
  childEnded,
  messagesOfAllKinds,
  newCancel,
  newEvent,
  newLease,
  newUnpause,
} from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { atOnce, endOf, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

const inboxLimit = 10_000;

/** A run with a full inbox, filled by one commit of another run. */
async function startFull({ store, start }: StoreWorld): Promise<string> {
  const { runId } = (await start()).run;
  const messages = Array.from({ length: inboxLimit }, () => ({ runId, message: newEvent() }));
  await store.create(newRun({ messages }));
  return runId;
}

export const deliverTheme: Theme = {
  title: "deliver and readInbox",
  cases: (it, expect) => {
    it("keeps messages of every kind as they are, in the order of their delivery", async (world) => {
      const { runId } = (await world.start()).run;
      const messages = messagesOfAllKinds();
      for (const message of messages)
        expect(await world.store.deliver(runId, message)).toBe("accepted");
      const inbox = await world.store.readInbox(runId);
      expect(inbox).toEqual(messages.map((message, index) => ({ position: index + 1, message })));
      const { head } = await world.read(runId);
      expect([head.inboxSeq, head.inboxSize]).toEqual([messages.length, messages.length]);
    });

    it("reads beyond a position, as many as asked for", async ({ store, start }) => {
      const { runId } = (await start()).run;
      for (let n = 0; n < 6; n += 1) await store.deliver(runId, newEvent());
      const positions = async (range: { after?: number; limit?: number }): Promise<number[]> =>
        (await store.readInbox(runId, range)).map(({ position }) => position);
      expect(await positions({})).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await positions({ after: 4 })).toEqual([5, 6]);
      expect(await positions({ after: 1, limit: 2 })).toEqual([2, 3]);
      expect(await positions({ limit: 1 })).toEqual([1]);
      expect(await positions({ after: 6 })).toEqual([]);
    });

    it("keeps all of many messages that come at once, each at a place of its own", async (world) => {
      const { runId } = (await world.start()).run;
      const sent = Array.from({ length: 50 }, () => newEvent());
      await Promise.all(sent.map((message) => world.store.deliver(runId, message)));
      const inbox = await world.store.readInbox(runId);
      expect(inbox.map(({ position }) => position)).toEqual(sent.map((_, index) => index + 1));
      const received = inbox.map(({ message }) => message.messageId);
      expect(received.toSorted()).toEqual(sent.map(({ messageId }) => messageId).toSorted());
    });

    it("changes no state and writes no record", async (world) => {
      const before = await world.start();
      await world.store.deliver(before.run.runId, newEvent());
      const after = await world.read(before.run.runId);
      expect(after.run).toEqual(before.run);
      expect(after.head.commitId).toBe(before.head.commitId);
      expect((await world.store.records(before.run.runId)).length).toBe(1);
    });

    it("takes a message once, however often it comes", async ({ store, start, read }) => {
      const { runId } = (await start()).run;
      const message = newEvent();
      const answers = await atOnce(5, () => store.deliver(runId, message));
      expect(answers.toSorted()).toEqual(["accepted", ...Array<string>(4).fill("duplicate")]);
      expect(await store.readInbox(runId)).toEqual([{ position: 1, message }]);
      expect((await read(runId)).head.inboxSeq).toBe(1);
    });

    it("knows a message as a duplicate after a record consumed it", async (world) => {
      const message = newEvent();
      const wait = newWait();
      const started = await world.start({ records: [waiting(wait)] });
      await world.store.deliver(started.run.runId, message);
      const read = await world.read(started.run.runId);
      const consumed = [message.messageId];
      const after = await world.commit(read, { records: [answered(wait, message)], consumed });
      expect(await world.store.readInbox(started.run.runId)).toEqual([]);
      expect([after.head.inboxSeq, after.head.inboxSize]).toEqual([1, 0]);
      expect(await world.store.deliver(started.run.runId, message)).toBe("duplicate");
      expect(await world.read(started.run.runId)).toEqual(after);
    });

    it("knows the same message id in another run as another message", async ({ store, start }) => {
      const message = newEvent();
      for (const { run } of [await start(), await start()])
        expect(await store.deliver(run.runId, message)).toBe("accepted");
    });

    it("leaves in the inbox what no record consumed", async (world) => {
      const [first, second, third] = [newEvent(), newEvent(), newEvent()];
      const { runId } = (await world.start()).run;
      for (const message of [first, second, third]) await world.store.deliver(runId, message);
      const consumed = [second.messageId];
      const { head } = await world.commit(await world.read(runId), { consumed });
      expect([head.inboxSeq, head.inboxSize]).toEqual([3, 2]);
      const inbox = await world.store.readInbox(runId);
      expect(inbox.map(({ position }) => position)).toEqual([1, 3]);
      expect((await world.store.readInbox(runId, { after: 1 })).length).toBe(1);
    });

    it("never gives a position twice", async ({ store, start, commit, read }) => {
      const { runId } = (await start()).run;
      const message = newEvent();
      await store.deliver(runId, message);
      await commit(await read(runId), { consumed: [message.messageId] });
      await store.deliver(runId, newEvent());
      expect((await store.readInbox(runId)).map(({ position }) => position)).toEqual([2]);
    });

    it("tells that a run has ended, or is not there, and keeps nothing", async (world) => {
      const { run, head } = await world.start({ records: [ended()] });
      expect(await world.store.deliver(run.runId, newEvent())).toBe("ended");
      expect(await world.store.deliver("nobody", newEvent())).toBe("run_not_found");
      expect((await world.read(run.runId)).head).toEqual(head);
      expect(await world.store.readInbox(run.runId)).toEqual([]);
    });

    it("tells of an ended run, too, that a message is a duplicate", async (world) => {
      const { runId } = (await world.start()).run;
      const cancel = newCancel();
      await world.store.deliver(runId, cancel);
      const consumed = [cancel.messageId];
      await world.commit(await world.read(runId), { records: [ended()], consumed });
      expect(await world.store.deliver(runId, cancel)).toBe("duplicate");
    });

    it("makes a free run due now", async (world) => {
      const idle = await world.start();
      const later = await world.start({ records: [waiting()], wakeAt: world.in(60_000) });
      await world.clock.advance(1_000);
      for (const { run } of [idle, later]) {
        await world.store.deliver(run.runId, newEvent());
        expect((await world.read(run.runId)).head.wakeAt).toBe(world.in(0));
      }
      expect((await world.claim()).toSorted()).toEqual(
        [idle.run.runId, later.run.runId].toSorted(),
      );
    });

    it("leaves a free run that is due already in its place", async (world) => {
      const { runId } = (await world.start({ wakeAt: world.in(0) })).run;
      const other = (await world.start({ wakeAt: world.in(1_000) })).run.runId;
      await world.clock.advance(2_000);
      await world.store.deliver(runId, newEvent());
      expect(await world.claim({ limit: 1 })).toEqual([runId]);
      expect(await world.claim({ limit: 1 })).toEqual([other]);
    });

    it("never touches the lease of a held run", async (world) => {
      const held = await world.start({ lease: newLease({ leaseMs: 10_000 }) });
      for (const message of messagesOfAllKinds())
        await world.store.deliver(held.run.runId, message);
      const { head } = await world.read(held.run.runId);
      expect([head.wakeAt, head.leaseId]).toEqual([held.head.wakeAt, held.head.leaseId]);
      await world.clock.advance(9_999);
      expect(await world.claim()).toEqual([]);
    });

    it("does not wake a paused run, but keeps what comes", async (world) => {
      const { runId } = (await world.start({ records: [paused()] })).run;
      expect(await world.store.deliver(runId, newEvent())).toBe("accepted");
      expect(await world.store.deliver(runId, childEnded())).toBe("accepted");
      const { head } = await world.read(runId);
      expect([head.wakeAt, head.inboxSeq]).toEqual([null, 2]);
      expect(await world.claim()).toEqual([]);
    });

    it("wakes a paused run to cancel or unpause it", async (world) => {
      for (const message of [newCancel(), newUnpause()]) {
        const { runId } = (await world.start({ records: [paused()] })).run;
        await world.store.deliver(runId, message);
        expect(await world.claim()).toEqual([runId]);
      }
    });

    it("refuses the message after 10,000 unconsumed ones", async (world) => {
      const runId = await startFull(world);
      const before = await world.read(runId);
      expect(before.head.inboxSize).toBe(inboxLimit);
      expect(await endOf(world.store.deliver(runId, newEvent()))).toBe("inbox_full");
      expect(await world.read(runId)).toEqual(before);
    });

    it("has room for children's ends, outcomes, cancels and unpauses in a full inbox, and knows duplicates", async (world) => {
      const runId = await startFull(world);
      const isExempt = ({ kind }: { kind: string }): boolean =>
        ["cancel", "child_ended", "outcome", "unpause"].includes(kind);
      const exempt = messagesOfAllKinds().filter(isExempt);
      for (const message of exempt)
        expect(await world.store.deliver(runId, message)).toBe("accepted");
      for (const message of exempt)
        expect(await world.store.deliver(runId, message)).toBe("duplicate");
      const [first] = await world.store.readInbox(runId, { limit: 1 });
      expect(first && (await world.store.deliver(runId, first.message))).toBe("duplicate");
    });

    it("has room again after messages were consumed", async (world) => {
      const runId = await startFull(world);
      const [first] = await world.store.readInbox(runId, { limit: 1 });
      const consumed = first === undefined ? [] : [first.message.messageId];
      await world.store.commit(nextChange(await world.read(runId), { consumed }));
      expect(await world.store.deliver(runId, newEvent())).toBe("accepted");
    });
  },
};
