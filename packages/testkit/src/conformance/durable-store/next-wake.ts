import { newEvent, newLease } from "../fixtures/messages.ts";
import { claimRequest, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** A store may say a time that is too early. It must not do so for ever. */
const MAX_LOOKS = 5;

/** Claim at the times that the store says, until it gives a run or says that none has a time. */
async function followed({ store, clock, in: at }: StoreWorld): Promise<string | null> {
  for (let looks = 0; looks <= MAX_LOOKS; looks += 1) {
    const { runs, nextWakeAt } = await store.claimDue(claimRequest());
    if (runs.length > 0) return runs.map(({ run }) => run.runId).join();
    if (nextWakeAt === null) return null;
    await clock.advance(Math.max(0, Date.parse(nextWakeAt) - Date.parse(at(0))));
  }
  throw new Error(`${MAX_LOOKS} times, the store said when to claim again, and nothing was due`);
}

export const nextWakeTheme: Theme = {
  title: "when to claim again",
  cases: (it, expect) => {
    it("leads to each run at the time when it becomes due", async (world) => {
      const start = Date.parse(world.in(0));
      for (const delay of [9_000, 2_000, 5_000])
        await world.start({ runId: `after-${delay}`, wakeAt: world.in(delay) });
      for (const delay of [2_000, 5_000, 9_000]) {
        expect(await followed(world)).toBe(`after-${delay}`);
        expect(world.clock.now() - start).toBe(delay);
      }
    });

    it("leads to a held run when its lease has run out, and not to an ended one", async (world) => {
      const held = await world.start({ lease: newLease({ leaseMs: 7_000 }) });
      const from = world.clock.now();
      expect(await followed(world)).toBe(held.run.runId);
      expect(world.clock.now() - from).toBe(7_000);
    });

    it("is never, when no run has a time", async (world) => {
      await world.start({ wakeAt: null });
      expect(await followed(world)).toBe(null);
    });

    it("is at once, when there is more than was asked for", async (world) => {
      for (let n = 0; n < 3; n += 1) await world.start({ wakeAt: world.in(-n) });
      const { runs, nextWakeAt } = await world.store.claimDue(claimRequest({ limit: 2 }));
      expect(runs.length).toBe(2);
      expect(Date.parse(nextWakeAt ?? world.in(1)) <= world.clock.now()).toBe(true);
    });

    it("is heard of when a message makes a run due, by whoever still listens", async (world) => {
      const { runId } = (await world.start({ wakeAt: null })).run;
      const heard = Promise.withResolvers<string>();
      let late = 0;
      const forget = world.store.onDue(() => (late += 1));
      forget();
      const stop = world.store.onDue(() => heard.resolve("heard"));
      await world.store.deliver(runId, newEvent());
      expect(await heard.promise).toBe("heard");
      expect(late).toBe(0);
      stop();
    });
  },
};
