import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../testkit/src/clock/virtual-clock.ts";
import { FaultStore } from "../../../testkit/src/faults/fault-store.ts";
import { createdBody, ledgerOf, runOf } from "../../test/records.ts";
import { WatchedStore } from "../../test/watched-store.ts";
import { silentLogger } from "../ports/silent-logger.ts";
import { LeaseKeeper } from "./lease-keeper.ts";

const leaseMs = 30_000;

/** A run that is held under `lease-1`, and a keeper of that lease. */
async function heldRun() {
  const clock = new VirtualClock();
  const memory = new WatchedStore({ clock });
  const store = new FaultStore(memory, { clock });
  await memory.create({
    run: runOf(createdBody()),
    commitId: "commit",
    records: ledgerOf(createdBody()),
    lease: { leaseId: "lease-1", owner: "me", leaseMs },
    wakeAt: null,
    children: [],
    messages: [],
  });
  const keeper = new LeaseKeeper({ store, clock, logger: silentLogger, leaseMs });
  const inbox: number[] = [];
  let lost = 0;
  const hold = (leaseId = "lease-1", runId = "run"): void =>
    keeper.hold({
      runId,
      leaseId,
      onInbox: (inboxSeq) => inbox.push(inboxSeq),
      onLost: () => (lost += 1),
    });
  const leaseEnd = async (): Promise<number> =>
    Date.parse((await memory.load("run"))?.head.wakeAt ?? "") - clock.now();
  return { clock, memory, store, keeper, hold, inbox, lost: () => lost, leaseEnd };
}

describe("LeaseKeeper", () => {
  it("renews at a third of the lease, for as long as it is held", async () => {
    const { clock, memory, hold, leaseEnd, lost } = await heldRun();
    hold();
    await clock.advance(leaseMs * 4);
    expect(memory.renewals).toBe(12);
    expect(await leaseEnd()).toBeGreaterThanOrEqual((leaseMs * 2) / 3);
    expect(lost()).toBe(0);
  });

  it("tells with each renewal how far the inbox goes", async () => {
    const { clock, memory, hold, inbox } = await heldRun();
    hold();
    await memory.deliver("run", {
      kind: "pause",
      messageId: "m",
      by: null,
      sentAt: "2026-01-01T00:00:00Z",
    });
    await clock.advance(leaseMs / 3);
    expect(inbox).toEqual([1]);
  });

  it("renews all leases in one call, and leaves those alone that a write just prolonged", async () => {
    const { clock, memory, keeper, hold } = await heldRun();
    hold();
    hold("lease-2", "other");
    await clock.advance(leaseMs / 6);
    keeper.prolonged("lease-1", clock.now());
    keeper.prolonged("lease-2", clock.now());
    await clock.advance(leaseMs / 6);
    expect(memory.renewals).toBe(0);
    await clock.advance(leaseMs / 3);
    expect(memory.renewals).toBe(1);
  });

  it("stops when nothing is held any more", async () => {
    const { clock, memory, keeper, hold } = await heldRun();
    hold();
    keeper.release("lease-1");
    await clock.runUntilIdle();
    expect(memory.renewals).toBe(0);
    hold();
    keeper.close();
    expect(clock.timers).toBe(0);
  });

  it("says once that a lease is another's", async () => {
    const { clock, hold, keeper, lost } = await heldRun();
    hold("somebody else's");
    await clock.advance(leaseMs);
    expect(lost()).toBe(1);
    expect(await keeper.renewNow("somebody else's")).toBe(false);
  });

  it("gives a lease up that could not be renewed for two thirds of it", async () => {
    const { clock, store, hold, lost } = await heldRun();
    hold();
    store.partition();
    await clock.advance((leaseMs * 2) / 3);
    expect(lost()).toBe(0);
    await clock.advance(leaseMs / 3);
    expect(lost()).toBe(1);
  });

  it("bears one renewal that fails", async () => {
    const { clock, store, hold, lost } = await heldRun();
    hold();
    store.inject("renew", { kind: "fail_before" });
    await clock.advance(leaseMs * 3);
    expect(lost()).toBe(0);
  });

  it("knows when its holder must ask before it acts, and asks", async () => {
    const { clock, store, keeper, hold } = await heldRun();
    hold();
    store.inject("renew", { kind: "fail_before" }, 2);
    expect(keeper.isStale("lease-1")).toBe(false);
    expect(keeper.isStale("unknown")).toBe(true);
    await clock.advance((leaseMs * 2) / 3 + 1);
    expect(keeper.isStale("lease-1")).toBe(true);
    expect(await keeper.renewNow("lease-1")).toBe(true);
    expect(keeper.isStale("lease-1")).toBe(false);
  });

  it("forgets a lease that was released while it was being renewed", async () => {
    const { clock, keeper, store, hold, inbox, lost } = await heldRun();
    hold();
    store.inject("renew", { kind: "delay", ms: 5 });
    await clock.advance(leaseMs / 3);
    keeper.release("lease-1");
    await clock.advance(5);
    expect(inbox).toEqual([]);
    expect(lost()).toBe(0);
  });
});
