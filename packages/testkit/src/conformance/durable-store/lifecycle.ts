import type { Abortable, DurableStore } from "@abstractruntime/core/store";
import { ended } from "../fixtures/drafts.ts";
import { newEvent, newKeptEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { claimRequest, endOf, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

type Call = (store: DurableStore, options?: Abortable) => Promise<unknown>;

/** One call of each method that would do something, on a world with a due run, a held one and an ended one. */
async function callsOf(world: StoreWorld): Promise<readonly (readonly [string, Call])[]> {
  const { run: due } = await world.start({ wakeAt: world.in(0) });
  const { run: old } = await world.start({ records: [ended()] });
  const lease = newLease();
  const { leaseId } = lease;
  const held = await world.start({ lease });
  const { runId } = held.run;
  const kept = newKeptEvent("kept");
  await world.store.publish(kept);
  const back = { runId, leaseId, inboxSeq: 0, wakeAt: null };
  return [
    ["create", (store, options) => store.create(newRun({ runId: "new" }), options)],
    ["commit", (store, options) => store.commit(nextChange(held, { lease }), options)],
    ["load", (store, options) => store.load(runId, options)],
    ["list", (store, options) => store.list({}, options)],
    ["listChildren", (store, options) => store.listChildren(runId, {}, options)],
    ["records", (store, options) => store.records(runId, {}, options)],
    ["recordTexts", (store, options) => store.recordTexts(runId, {}, options)],
    ["claimDue", (store, options) => store.claimDue(claimRequest(), options)],
    ["renew", (store, options) => store.renew([{ runId, leaseId }], 99_000, options)],
    ["giveBack", (store, options) => store.giveBack(back, options)],
    ["deliver", (store, options) => store.deliver(due.runId, newEvent(), options)],
    ["readInbox", (store, options) => store.readInbox(runId, {}, options)],
    ["publish", (store, options) => store.publish(newKeptEvent("other"), options)],
    ["takeKept", (store, options) => store.takeKept(due.runId, ["kept"], options)],
    ["purge", (store, options) => store.purge({ endedBefore: nextDay(old.updatedAt) }, options)],
  ];
}

function nextDay(instant: string): string {
  return new Date(Date.parse(instant) + 86_400_000).toISOString();
}

export const lifecycleTheme: Theme = {
  title: "abort, close and capabilities",
  cases: (it, expect) => {
    it("says what the store promises", async ({ store }) => {
      const { survives, writers, reopens } = store.capabilities;
      expect(["nothing", "crash", "power_cut"].includes(survives)).toBe(true);
      expect(["one_process", "many_processes"].includes(writers)).toBe(true);
      expect(typeof reopens).toBe("boolean");
      expect(survives === "nothing" || reopens).toBe(true);
    });

    it("rejects with the reason of a signal that is aborted already, and changes nothing", async (world) => {
      const calls = await callsOf(world);
      const all = async (): Promise<unknown> => (await world.store.list()).items;
      const before = await all();
      const reason = new Error("shutting down");
      const signal = AbortSignal.abort(reason);
      for (const [method, call] of calls)
        expect([method, await endOf(call(world.store, { signal }))]).toEqual([method, reason]);
      expect(await all()).toEqual(before);
      expect(await world.store.load("new")).toBe(undefined);
      const other = await world.start();
      expect(await world.store.takeKept(other.run.runId, ["kept", "other"])).toBe(1);
    });

    it("does its work under a signal that is not aborted", async (world) => {
      const { signal } = new AbortController();
      for (const [method, call] of await callsOf(world))
        expect([method, await endOf(call(world.store, { signal }))]).toEqual([method, "fulfilled"]);
    });

    it("refuses every call after it was closed, closing apart", async (world) => {
      const calls = await callsOf(world);
      await world.store.close();
      for (const [method, call] of calls)
        expect([method, await endOf(call(world.store))]).toEqual([method, "store_closed"]);
      expect(await endOf(world.store.close())).toBe("fulfilled");
    });

    it("closes once when it is closed many times at once", async ({ store }) => {
      const ends = await Promise.all([store.close(), store.close()].map((call) => endOf(call)));
      expect(ends).toEqual(["fulfilled", "fulfilled"]);
    });

    it("closes when it is disposed of", async ({ store }) => {
      await store[Symbol.asyncDispose]();
      expect(await endOf(store.load("nobody"))).toBe("store_closed");
    });

    it("finishes writes under way before it is closed", async (world) => {
      const { store } = world;
      const write = endOf(store.create(newRun({ runId: "last" })));
      await store.close();
      expect(await write).toBe("fulfilled");
      if (!store.capabilities.reopens) return;
      const reopened = await world.open();
      expect((await reopened.load("last"))?.run.runId).toBe("last");
    });
  },
};
