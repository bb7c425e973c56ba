import { ended, moved, paused, waiting, waitingFor } from "../fixtures/drafts.ts";
import { newEvent, newKeptEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { atOnce, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

const rounds = 20;

/** Ids of the messages in a run's inbox, in order. */
async function inboxOf({ store }: StoreWorld, runId: string): Promise<readonly string[]> {
  return (await store.readInbox(runId)).map(({ message }) => message.messageId);
}

/** A run that waits for these keys. */
async function startWaiting({ start }: StoreWorld, ...keys: string[]): Promise<string> {
  return (await start({ records: [waitingFor(...keys)] })).run.runId;
}

export const eventsTheme: Theme = {
  title: "publish and takeKept",
  cases: (it, expect) => {
    it("gives an event to every run that waits for its key, and to no other", async (world) => {
      const one = await startWaiting(world, "paid");
      const second = await startWaiting(world, "shipped", "paid");
      const other = await startWaiting(world, "shipped");
      const running = (await world.start()).run.runId;
      const event = newKeptEvent("paid");
      const { deliveredTo, kept } = await world.store.publish(event);
      expect([deliveredTo.toSorted(), kept]).toEqual([[one, second].toSorted(), false]);
      for (const runId of [one, second])
        expect(await inboxOf(world, runId)).toEqual([event.message.messageId]);
      for (const runId of [other, running]) expect(await inboxOf(world, runId)).toEqual([]);
      expect((await world.claim()).toSorted()).toEqual([one, second].toSorted());
    });

    it("treats held and paused runs as deliveries do", async (world) => {
      const held = await world.start({ records: [waitingFor("key")], lease: newLease() });
      const idle = await world.start({ records: [waitingFor("key"), paused()] });
      const { deliveredTo } = await world.store.publish(newKeptEvent());
      expect(deliveredTo.toSorted()).toEqual([held.run.runId, idle.run.runId].toSorted());
      expect((await world.read(held.run.runId)).head.wakeAt).toBe(held.head.wakeAt);
      expect((await world.read(idle.run.runId)).head.wakeAt).toBe(null);
    });

    it("passes over a run whose wait is over", async (world) => {
      const waits = await world.start({ records: [waitingFor("key")] });
      await world.commit(waits, { records: [waitingFor("next")] });
      const { deliveredTo, kept } = await world.store.publish(newKeptEvent("key"));
      expect([deliveredTo, kept]).toEqual([[], true]);
      expect((await world.store.publish(newKeptEvent("next"))).deliveredTo).toEqual([
        waits.run.runId,
      ]);
    });

    it("keeps an event that nobody waits for, for the first that does", async (world) => {
      const event = newKeptEvent("paid");
      expect(await world.store.publish(event)).toEqual({ deliveredTo: [], kept: true });
      const first = await startWaiting(world, "paid");
      const second = await startWaiting(world, "paid");
      expect(await world.store.takeKept(first, ["paid"])).toBe(1);
      expect(await world.store.takeKept(second, ["paid"])).toBe(0);
      expect(await world.store.readInbox(first)).toEqual([{ position: 1, message: event.message }]);
      expect((await world.read(first)).head.inboxSeq).toBe(1);
      expect(await world.claim()).toEqual([first]);
    });

    it("keeps events whatever they carry", async (world) => {
      const payload = { "\u0000": ["\u0000", "\\", "\u{1F600}", "'; --"] };
      const message = newEvent("key", payload);
      await world.store.publish(newKeptEvent("key", { message }));
      const taker = await startWaiting(world, "key");
      expect(await world.store.takeKept(taker, ["key"])).toBe(1);
      expect(await world.store.readInbox(taker)).toEqual([{ position: 1, message }]);
    });

    it("gives a kept event to one of many that ask at once", async (world) => {
      const runs = await atOnce(10, () => startWaiting(world, "key"));
      for (let round = 0; round < 3; round += 1) {
        const keyOfRound = `key-${round}`;
        await world.store.publish(newKeptEvent(keyOfRound));
        const taken = await Promise.all(
          runs.map((runId) => world.store.takeKept(runId, [keyOfRound])),
        );
        expect(taken.filter((count) => count === 1).length).toBe(1);
        expect(taken.filter((count) => count === 0).length).toBe(9);
      }
    });

    it("moves kept events oldest first across keys, and leaves other keys' alone", async (world) => {
      const events = ["a", "b", "c", "a", "b"].map((key) => newKeptEvent(key));
      for (const event of events) await world.store.publish(event);
      const runId = await startWaiting(world, "b", "a");
      expect(await world.store.takeKept(runId, ["b", "a"])).toBe(4);
      const wanted = events.filter(({ message }) => message.key !== "c");
      expect(await inboxOf(world, runId)).toEqual(wanted.map(({ message }) => message.messageId));
      expect((await world.read(runId)).head.inboxSeq).toBe(4);
      expect(await world.store.takeKept(await startWaiting(world, "c"), ["c"])).toBe(1);
    });

    it("leaves the lease of the run alone that takes", async (world) => {
      await world.store.publish(newKeptEvent("key"));
      const held = await world.start({ records: [waitingFor("key")], lease: newLease() });
      await world.store.takeKept(held.run.runId, ["key"]);
      const { head } = await world.read(held.run.runId);
      expect([head.wakeAt, head.leaseId]).toEqual([held.head.wakeAt, held.head.leaseId]);
    });

    it("drops events that have expired", async (world) => {
      await world.store.publish(newKeptEvent("key", { expiresAt: world.in(1_000) }));
      const lasting = newKeptEvent("key", { expiresAt: "2026-01-01T01:00:02+01:00" });
      await world.store.publish(lasting);
      await world.clock.advance(1_500);
      const runId = await startWaiting(world, "key");
      expect(await world.store.takeKept(runId, ["key"])).toBe(1);
      expect(await inboxOf(world, runId)).toEqual([lasting.message.messageId]);
    });

    it("keeps an event once that is published twice", async (world) => {
      const event = newKeptEvent();
      await world.store.publish(event);
      expect(await world.store.publish(event)).toEqual({ deliveredTo: [], kept: true });
      expect(await world.store.takeKept(await startWaiting(world, "key"), ["key"])).toBe(1);
      expect(await world.store.takeKept(await startWaiting(world, "key"), ["key"])).toBe(0);
    });

    it("tells again who has an event that is published twice, and delivers it once", async (world) => {
      const runId = await startWaiting(world, "key");
      const event = newKeptEvent();
      for (let time = 0; time < 2; time += 1)
        expect(await world.store.publish(event)).toEqual({ deliveredTo: [runId], kept: false });
      expect(await inboxOf(world, runId)).toEqual([event.message.messageId]);
    });

    it("gives no run an event twice, also after it was consumed", async (world) => {
      const runId = await startWaiting(world, "key");
      const event = newKeptEvent();
      await world.store.publish(event);
      const consumed = [event.message.messageId];
      await world.commit(await world.read(runId), { records: [waitingFor("key")], consumed });
      await world.store.publish(event);
      expect(await inboxOf(world, runId)).toEqual([]);
      expect(await world.store.deliver(runId, event.message)).toBe("duplicate");
    });

    it("does not keep an event that somebody got", async (world) => {
      const runId = await startWaiting(world, "key");
      const event = newKeptEvent();
      await world.store.publish(event);
      const consumed = [event.message.messageId];
      await world.commit(await world.read(runId), { records: [moved()], consumed });
      expect((await world.store.publish(event)).kept).toBe(false);
      expect(await world.store.takeKept(await startWaiting(world, "key"), ["key"])).toBe(0);
    });

    it("does not keep an event again that somebody took", async (world) => {
      const event = newKeptEvent();
      await world.store.publish(event);
      const taker = await world.start({ records: [waiting()] });
      expect(await world.store.takeKept(taker.run.runId, ["key"])).toBe(1);
      expect((await world.store.publish(event)).kept).toBe(false);
      expect(await world.store.takeKept(await startWaiting(world, "key"), ["key"])).toBe(0);
    });

    it("leaves kept events to others when the taker has ended or is not there", async (world) => {
      const { runId } = (await world.start({ records: [ended()] })).run;
      await world.store.publish(newKeptEvent());
      expect(await world.store.takeKept(runId, ["key"])).toBe(0);
      expect(await world.store.takeKept("nobody", ["key"])).toBe(0);
      expect(await world.store.takeKept(await startWaiting(world, "key"), ["key"])).toBe(1);
    });

    it("passes over a run with a full inbox", async (world) => {
      const full = await startWaiting(world, "key");
      const messages = Array.from({ length: 10_000 }, () => ({ runId: full, message: newEvent() }));
      await world.store.create(newRun({ messages }));
      const other = await startWaiting(world, "key");
      expect((await world.store.publish(newKeptEvent())).deliveredTo).toEqual([other]);
      expect((await world.read(full)).head.inboxSize).toBe(10_000);
    });

    it("meets a wait that begins meanwhile, whoever comes first", async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        const lease = newLease();
        const held = await world.start({ lease });
        const runId = held.run.runId;
        const key = `key-of-${runId}`;
        const event = newKeptEvent(key);
        const publish = (): Promise<unknown> => world.store.publish(event);
        const wait = async (): Promise<void> => {
          await world.store.commit(nextChange(held, { records: [waitingFor(key)], lease }));
          await world.store.takeKept(runId, [key]);
        };
        await Promise.all(round % 2 === 0 ? [publish(), wait()] : [wait(), publish()]);
        expect(await inboxOf(world, runId)).toEqual([event.message.messageId]);
        expect((await world.read(runId)).head.inboxSeq).toBe(1);
      }
    });
  },
};
