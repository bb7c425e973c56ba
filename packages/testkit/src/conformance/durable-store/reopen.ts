import type { StoreCapabilities } from "@abstractruntime/core/store";
import { begun, completed, ended, moved, paused, waitingFor } from "../fixtures/drafts.ts";
import {
  messagesOfAllKinds,
  newCancel,
  newEvent,
  newKeptEvent,
  newLease,
} from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { claimRequest, endOf, readRun, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

const reopens = (capabilities: StoreCapabilities): boolean => capabilities.reopens;

/** Close the world's store and open its place again. */
async function reopen(world: StoreWorld): ReturnType<StoreWorld["open"]> {
  await world.store.close();
  return world.open();
}

export const reopenTheme: Theme = {
  title: "opened again",
  cases: (it, expect) => {
    it(
      "has every run, head, ledger and inbox as they were",
      async (world) => {
        const { store, start, commit } = world;
        await start({ runId: "fresh", vars: { text: "a\u0000b\u2028" }, wakeAt: world.in(5_000) });
        await start({ runId: "waits", records: [waitingFor("a", "b")] });
        await start({ runId: "idle", records: [paused()] });
        const worked = await commit(await start({ runId: "worked" }), {
          records: [moved({ n: 1 }), begun(1)],
        });
        await commit(worked, { records: [completed(1, { big: "x".repeat(100_000) })] });
        await commit(await start({ runId: "gone", parentRunId: "worked" }), {
          records: [ended({ ok: 1 })],
        });
        for (const message of messagesOfAllKinds()) await store.deliver("waits", message);
        const ids = ["fresh", "waits", "idle", "worked", "gone"];
        const readAll = (from: typeof store): Promise<unknown> =>
          Promise.all([
            from.list(),
            from.listChildren("worked"),
            ...ids.flatMap((id) => [
              from.load(id),
              from.records(id),
              from.recordTexts(id),
              from.readInbox(id),
            ]),
          ]);
        const before = await readAll(store);
        expect(await readAll(await reopen(world))).toEqual(before);
      },
      reopens,
    );

    it(
      "goes on where it was: commits, deliveries and timers",
      async (world) => {
        const { run } = await world.start({ wakeAt: world.in(5_000) });
        await world.store.deliver((await world.start({ runId: "other" })).run.runId, newEvent());
        const store = await reopen(world);
        await store.commit(
          nextChange(await readRun(store, run.runId), { wakeAt: world.in(5_000) }),
        );
        expect((await store.records(run.runId)).map(({ seq }) => seq)).toEqual([1, 2]);
        await store.deliver("other", newEvent());
        expect((await store.readInbox("other")).map(({ position }) => position)).toEqual([1, 2]);
        await world.clock.advance(5_000);
        const { runs } = await store.claimDue(claimRequest());
        expect(runs.map((claimed) => claimed.run.runId).toSorted()).toEqual(
          ["other", run.runId].toSorted(),
        );
      },
      reopens,
    );

    it(
      "still knows commits that are sent again",
      async (world) => {
        const given = newRun();
        const { stored } = await world.store.create(given);
        const change = nextChange(stored);
        await world.store.commit(change);
        const store = await reopen(world);
        expect(await endOf(store.commit(change))).toBe("fulfilled");
        expect((await store.create(given)).created).toBe(true);
        expect((await store.records(change.runId)).length).toBe(2);
      },
      reopens,
    );

    it(
      "still knows duplicates, consumed ones included",
      async (world) => {
        const { runId } = (await world.start()).run;
        const [read, unread] = [newEvent(), newCancel()];
        await world.store.deliver(runId, read);
        await world.commit(await world.read(runId), { consumed: [read.messageId] });
        await world.store.deliver(runId, unread);
        const store = await reopen(world);
        expect(await store.deliver(runId, read)).toBe("duplicate");
        expect(await store.deliver(runId, unread)).toBe("duplicate");
        expect((await store.readInbox(runId)).map(({ position }) => position)).toEqual([2]);
      },
      reopens,
    );

    it(
      "still has kept events, and knows those that somebody got",
      async (world) => {
        const [kept, given] = [newKeptEvent("kept"), newKeptEvent("given")];
        const waits = (await world.start({ records: [waitingFor("given")] })).run.runId;
        await world.store.publish(kept);
        await world.store.publish(given);
        const store = await reopen(world);
        expect(await store.takeKept(waits, ["kept"])).toBe(1);
        const consumed = [given.message.messageId];
        await store.commit(
          nextChange(await readRun(store, waits), { consumed, records: [moved()] }),
        );
        expect((await store.publish(given)).kept).toBe(false);
      },
      reopens,
    );

    it(
      "does not bring purged runs back",
      async (world) => {
        const { run } = await world.start({ records: [ended()] });
        await world.store.purge({ endedBefore: world.in(86_400_000) });
        expect(await (await reopen(world)).load(run.runId)).toBe(undefined);
      },
      reopens,
    );

    it(
      "has voided all leases when it has a single writer, so that held runs are due",
      async (world) => {
        const held = await world.start({ lease: newLease() });
        const store = await reopen(world);
        const { runs } = await store.claimDue(claimRequest());
        expect(runs.map(({ run }) => run.runId)).toEqual([held.run.runId]);
        expect(await endOf(store.commit(nextChange(held)))).toBe("lease_lost");
      },
      (capabilities) => capabilities.reopens && capabilities.writers === "one_process",
    );

    it(
      "keeps leases when others may write too",
      async (world) => {
        const held = await world.start({ lease: newLease() });
        const store = await reopen(world);
        expect((await store.claimDue(claimRequest())).runs).toEqual([]);
        expect(await endOf(store.commit(nextChange(held)))).toBe("fulfilled");
      },
      (capabilities) => capabilities.reopens && capabilities.writers === "many_processes",
    );
  },
};
