import { MemoryStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../clock/virtual-clock.ts";
import { newRun } from "../conformance/fixtures/new-run.ts";
import { nextChange } from "../conformance/fixtures/next-change.ts";
import { crashAt } from "./crash-points.ts";
import { FaultStore } from "./fault-store.ts";
import { seededFaults } from "./fault.ts";

const unavailable = { code: "store_unavailable" };

describe("FaultStore", () => {
  it("fails before: nothing was written", async () => {
    const behind = new MemoryStore();
    const store = new FaultStore(behind);
    const given = newRun();
    store.inject("create", { kind: "fail_before" });
    await expect(store.create(given)).rejects.toMatchObject(unavailable);
    expect(await behind.load(given.run.runId)).toBe(undefined);
    expect((await store.create(given)).created).toBe(true);
  });

  it("fails after: it was written, and sending it again succeeds", async () => {
    const behind = new MemoryStore();
    const store = new FaultStore(behind);
    const change = nextChange((await store.create(newRun())).stored);
    store.inject("commit", { kind: "fail_after" });
    await expect(store.commit(change)).rejects.toMatchObject(unavailable);
    expect((await behind.load(change.runId))?.run.revision).toBe(2);
    expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
  });

  it("loses no refusal behind a lost answer", async () => {
    const store = new FaultStore(new MemoryStore());
    const { stored } = await store.create(newRun());
    await store.commit(nextChange(stored));
    store.inject("commit", { kind: "fail_after" });
    const stale = store.commit(nextChange(stored));
    await expect(stale).rejects.toMatchObject({ code: "revision_conflict" });
  });

  it("does a delayed call later, by the clock", async () => {
    const clock = new VirtualClock();
    const behind = new MemoryStore({ clock });
    const store = new FaultStore(behind, { clock });
    const given = newRun();
    store.inject("create", { kind: "delay", ms: 500 });
    const call = store.create(given);
    await clock.advance(499);
    expect(await behind.load(given.run.runId)).toBe(undefined);
    await clock.advance(1);
    expect((await call).created).toBe(true);
  });

  it("cuts off one of two drivers for a time", async () => {
    const clock = new VirtualClock();
    const behind = new MemoryStore({ clock });
    const [near, far] = [new FaultStore(behind, { clock }), new FaultStore(behind, { clock })];
    far.partition(1_000);
    await expect(far.load("nobody")).rejects.toMatchObject(unavailable);
    await expect(far.list()).rejects.toMatchObject(unavailable);
    expect(await near.load("nobody")).toBe(undefined);
    await clock.advance(1_000);
    expect(await far.load("nobody")).toBe(undefined);
  });

  it("cuts off for ever until it is healed", async () => {
    const clock = new VirtualClock();
    const store = new FaultStore(new MemoryStore({ clock }), { clock });
    store.partition();
    await clock.advance(10 * 365 * 86_400_000);
    await expect(store.load("nobody")).rejects.toMatchObject(unavailable);
    store.heal();
    expect(await store.load("nobody")).toBe(undefined);
  });

  it("never answers a caller that died, before the write or after it", async () => {
    for (const [kind, revision] of [
      ["crash_before", 1],
      ["crash_after", 2],
    ] as const) {
      const behind = new MemoryStore();
      const store = new FaultStore(behind);
      const change = nextChange((await store.create(newRun())).stored);
      store.inject("commit", { kind });
      const answered = store.commit(change).then(() => "answered");
      expect(await Promise.race([answered, store.whenCrashed])).toBe(undefined);
      const later = store.load(change.runId).then(() => "answered");
      expect(await Promise.race([later, turn()])).toBe("silence");
      expect((await behind.load(change.runId))?.run.revision).toBe(revision);
      expect(store.crashed).toBe(true);
    }
  });

  it.each(["before", "after"] as const)(
    "dies %s each write in turn, and at no read",
    async (when) => {
      const revisions: (number | undefined)[] = [];
      for (let at = 1; ; at += 1) {
        const behind = new MemoryStore();
        const store = new FaultStore(behind, { plan: crashAt(at, when) });
        const given = newRun();
        const work = async (): Promise<void> => {
          const { stored } = await store.create(given);
          await store.load(given.run.runId);
          await store.commit(nextChange(stored));
        };
        await Promise.race([work(), store.whenCrashed]);
        revisions.push((await behind.load(given.run.runId))?.run.revision);
        if (!store.crashed) break;
      }
      expect(revisions).toEqual(when === "before" ? [undefined, 1, 2] : [1, 2, 2]);
    },
  );

  it("follows a plan, and keeps a list of what went wrong", async () => {
    const store = new FaultStore(new MemoryStore(), {
      plan: ({ method, count }) =>
        method === "load" && count === 2 ? { kind: "fail_before" } : undefined,
    });
    await store.load("a");
    await expect(store.load("a")).rejects.toMatchObject(unavailable);
    await store.load("a");
    const fault = { kind: "fail_before" };
    expect(store.faults).toEqual([{ method: "load", count: 2, fault }]);
  });

  it("repeats seeded faults, at about the rate asked for", async () => {
    const run = async (seed: number): Promise<readonly number[]> => {
      const plan = seededFaults({ seed, rate: 0.2, methods: ["load"] });
      const store = new FaultStore(new MemoryStore(), { plan });
      for (let n = 0; n < 500; n += 1) await store.load("a").catch(() => undefined);
      await store.list();
      return store.faults.map(({ count }) => count);
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect(await run(4)).not.toEqual(first);
    expect(Math.abs(first.length / 500 - 0.2)).toBeLessThan(0.07);
  });
});

/** Resolves when all promise jobs are done. */
function turn(): Promise<string> {
  return new Promise((resolve) => void setImmediate(() => resolve("silence")));
}
