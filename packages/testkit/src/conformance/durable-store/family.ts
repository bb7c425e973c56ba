import { ended, paused, waiting } from "../fixtures/drafts.ts";
import { childEnded, newCancel, newEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { endOf } from "./store-world.ts";
import type { Theme } from "./theme.ts";

export const familyTheme: Theme = {
  title: "children and messages of a commit",
  cases: (it, expect) => {
    it("are written with it", async (world) => {
      const parent = await world.start();
      const other = (await world.start()).run.runId;
      const child = newRun({ parentRunId: parent.run.runId, wakeAt: world.in(0) });
      const message = newEvent();
      const messages = [{ runId: other, message }];
      await world.commit(parent, { children: [child], messages, records: [waiting()] });
      expect((await world.read(child.run.runId)).run).toEqual(child.run);
      expect(await world.store.records(child.run.runId)).toEqual(child.records);
      expect(await world.store.readInbox(other)).toEqual([{ position: 1, message }]);
      expect((await world.claim()).toSorted()).toEqual([child.run.runId, other].toSorted());
    });

    it("come with children and messages of their own", async (world) => {
      const other = (await world.start()).run.runId;
      const grandchild = newRun();
      const messages = [{ runId: other, message: newEvent() }];
      const child = newRun({ children: [grandchild], messages });
      await world.commit(await world.start(), { children: [child] });
      expect((await world.read(grandchild.run.runId)).run).toEqual(grandchild.run);
      expect((await world.store.readInbox(other)).length).toBe(1);
    });

    it("are not written when it is refused", async (world) => {
      const held = await world.start({ lease: newLease() });
      const other = await world.start();
      const child = newRun();
      const messages = [{ runId: other.run.runId, message: newEvent() }];
      const change = nextChange(held, { leaseId: "another", children: [child], messages });
      expect(await endOf(world.store.commit(change))).toBe("lease_lost");
      expect(await world.store.load(child.run.runId)).toBe(undefined);
      expect(await world.read(other.run.runId)).toEqual(other);
    });

    it("leave a child as it is that exists already", async (world) => {
      const child = await world.commit(await world.start());
      const again = newRun({ runId: child.run.runId, vars: { again: true }, wakeAt: world.in(0) });
      await world.commit(await world.start(), { children: [again] });
      expect(await world.read(child.run.runId)).toEqual(child);
      expect((await world.store.records(child.run.runId)).length).toBe(2);
    });

    it("reach a child that is created by the same commit", async (world) => {
      const child = newRun();
      const message = newCancel();
      const messages = [{ runId: child.run.runId, message }];
      await world.commit(await world.start(), { children: [child], messages });
      expect(await world.store.readInbox(child.run.runId)).toEqual([{ position: 1, message }]);
    });

    it("are dropped when their addressee has ended or is not there, and the commit stands", async (world) => {
      const gone = (await world.start({ records: [ended()] })).run.runId;
      const messages = [
        { runId: gone, message: newEvent() },
        { runId: "nobody", message: newEvent() },
      ];
      const { run } = await world.commit(await world.start(), { messages });
      expect(run.revision).toBe(2);
      expect((await world.read(gone)).head.inboxSeq).toBe(0);
    });

    it("are delivered in order, each once", async (world) => {
      const other = (await world.start()).run.runId;
      const [first, second, third] = [newEvent(), newEvent(), newEvent()];
      await world.store.deliver(other, first);
      const messages = [second, first, third, second].map((message) => ({ runId: other, message }));
      await world.commit(await world.start(), { messages });
      const inbox = await world.store.readInbox(other);
      expect(inbox.map(({ message }) => message)).toEqual([first, second, third]);
      expect(inbox.map(({ position }) => position)).toEqual([1, 2, 3]);
    });

    it("wake a free parent when a child ends, and leave a held one's lease alone", async (world) => {
      const free = await world.start({ records: [waiting({ reason: "subworkflow" })] });
      const held = await world.start({ lease: newLease() });
      const idle = await world.start({ records: [paused()] });
      for (const parent of [free, held, idle]) {
        const child = await world.start({ parentRunId: parent.run.runId });
        const message = childEnded(child.run.runId);
        const messages = [{ runId: parent.run.runId, message }];
        await world.commit(child, { records: [ended()], messages });
        expect((await world.read(parent.run.runId)).head.inboxSeq).toBe(1);
      }
      expect((await world.read(held.run.runId)).head.wakeAt).toBe(held.head.wakeAt);
      expect(await world.claim()).toEqual([free.run.runId]);
    });

    it("find room in a full inbox, since they can't fail the commit", async (world) => {
      const other = (await world.start()).run.runId;
      const many = Array.from({ length: 10_000 }, () => ({ runId: other, message: newEvent() }));
      const read = await world.commit(await world.start(), { messages: many });
      await world.commit(read, { messages: [{ runId: other, message: newCancel() }] });
      expect((await world.read(other)).head.inboxSize).toBe(10_001);
    });

    it("may be messages of a run to itself", async (world) => {
      const read = await world.start();
      const message = newEvent();
      await world.commit(read, { messages: [{ runId: read.run.runId, message }] });
      const { head } = await world.read(read.run.runId);
      expect([head.inboxSeq, head.wakeAt]).toEqual([1, world.in(0)]);
    });

    it("survive two parents that create the same child at once", async (world) => {
      for (let round = 0; round < 10; round += 1) {
        const child = newRun();
        const parents = [await world.start(), await world.start()];
        await Promise.all(parents.map((parent) => world.commit(parent, { children: [child] })));
        expect((await world.store.records(child.run.runId)).length).toBe(1);
      }
    });

    it("survive runs that write to each other at once", async (world) => {
      for (let round = 0; round < 10; round += 1) {
        const [a, b] = [await world.start(), await world.start()];
        const to = (runId: string) => ({ messages: [{ runId, message: newEvent() }] });
        await Promise.all([world.commit(a, to(b.run.runId)), world.commit(b, to(a.run.runId))]);
        for (const { run } of [a, b]) {
          const after = await world.read(run.runId);
          expect([after.run.revision, after.head.inboxSeq]).toEqual([2, 1]);
        }
      }
    });
  },
};
