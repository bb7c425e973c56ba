import { combineStores, MemoryLedgerStore, MemoryRunStore } from "@abstractruntime/core";
import {
  foldRun,
  type DurableStore,
  type ForkOrigin,
  type LedgerRecord,
  type LedgerStore,
  type RunStore,
  type RunWrite,
  type StoredRun,
} from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../src/clock/virtual-clock.ts";
import { claimRequest } from "../src/conformance/durable-store/store-world.ts";
import {
  ended,
  moved,
  newEvent,
  newFork,
  newLease,
  newRun,
  nextChange,
} from "../src/conformance/index.ts";

class PowerCut extends Error {}

/** Counts writes to both halves, and dies before or after one of them; then nothing gets through any more. */
class Power {
  writes = 0;
  #cutAt: number;
  #when: "before" | "after";
  #dead = false;

  constructor(cutAt = Infinity, when: "before" | "after" = "before") {
    this.#cutAt = cutAt;
    this.#when = when;
  }

  async write<Result>(body: () => Promise<Result>): Promise<Result> {
    if (this.#dead) throw new PowerCut();
    this.writes += 1;
    this.#dead = this.writes === this.#cutAt;
    if (this.#dead && this.#when === "before") throw new PowerCut();
    const result = await body();
    if (this.#dead) throw new PowerCut();
    return result;
  }
}

class FragileRuns extends MemoryRunStore {
  power = new Power();

  override prepare(write: RunWrite): Promise<void> {
    return this.power.write(() => super.prepare(write));
  }

  override save(runId: string, commitId: string): ReturnType<RunStore["save"]> {
    return this.power.write(() => super.save(runId, commitId));
  }
}

class FragileLedger extends MemoryLedgerStore {
  power = new Power();

  override append(
    runId: string,
    records: readonly LedgerRecord[],
    expectedSeq: number,
  ): ReturnType<LedgerStore["append"]> {
    return this.power.write(() => super.append(runId, records, expectedSeq));
  }

  override fork(
    runId: string,
    origin: ForkOrigin,
    records: readonly LedgerRecord[],
  ): ReturnType<LedgerStore["fork"]> {
    return this.power.write(() => super.fork(runId, origin, records));
  }

  override remove(runId: string, firstCommitId: string): Promise<void> {
    return this.power.write(() => super.remove(runId, firstCommitId));
  }
}

function newWorld() {
  const clock = new VirtualClock();
  const runs = new FragileRuns({ clock });
  const ledger = new FragileLedger();
  return {
    clock,
    runs,
    ledger,
    store: combineStores({ runs, ledger }),
    /** The next process over the same data. */
    restart: (): DurableStore => {
      setPower(new Power());
      return combineStores({ runs, ledger });
    },
    setPower,
  };

  function setPower(power: Power): void {
    runs.power = power;
    ledger.power = power;
  }
}

type World = ReturnType<typeof newWorld>;

/** Does something in a new world for each point at which its power can be cut, and once with none. */
async function atEveryCut(
  prepare: (world: World) => Promise<StoredRun | undefined>,
  act: (world: World, run: StoredRun | undefined) => Promise<unknown>,
  check: (world: World, run: StoredRun | undefined, done: boolean) => Promise<void>,
): Promise<number> {
  const whole = newWorld();
  const first = await prepare(whole);
  const counting = new Power();
  whole.setPower(counting);
  await act(whole, first);
  await check(whole, first, true);
  for (let cutAt = 1; cutAt <= counting.writes; cutAt++)
    for (const when of ["before", "after"] as const) {
      const world = newWorld();
      const run = await prepare(world);
      world.setPower(new Power(cutAt, when));
      await expect(act(world, run)).rejects.toThrow(PowerCut);
      await check(world, run, false);
    }
  return counting.writes;
}

const family = (parent: StoredRun) => ({
  child: newRun({
    runId: "child",
    parentRunId: parent.run.runId,
    children: [newRun({ runId: "grandchild", parentRunId: "child" })],
  }),
  message: newEvent("key"),
});

async function expectConsistent(store: DurableStore, runId: string): Promise<void> {
  const run = (await store.load(runId))?.run;
  const records = await store.records(runId);
  expect(run).toEqual(records.length === 0 ? undefined : foldRun(records));
}

describe("combineStores, when the power is cut at any point", () => {
  it("has the last commit of a run or the next one, with all that it causes", async () => {
    const start = async ({ store }: World) => {
      await store.create(newRun({ runId: "other" }));
      return (await store.create(newRun({ runId: "run" }))).stored;
    };
    const changeOf = (run: StoredRun | undefined) => {
      if (run === undefined) throw new TypeError("no run");
      const { child, message } = family(run);
      const messages = [{ runId: "other", message }];
      return nextChange(run, { records: [moved({ n: 1 })], children: [child], messages });
    };
    const writes = await atEveryCut(
      start,
      (world, run) => world.store.commit(changeOf(run)),
      async (world) => {
        const store = world.restart();
        const after = await store.load("run");
        const happened = after?.run.revision === 2;
        expect(after?.run.vars).toEqual(happened ? { n: 1 } : {});
        expect((await store.load("child")) !== undefined).toBe(happened);
        expect((await store.load("grandchild")) !== undefined).toBe(happened);
        expect(await store.readInbox("other")).toHaveLength(happened ? 1 : 0);
        for (const runId of ["run", "child", "grandchild", "other"])
          await expectConsistent(store, runId);
      },
    );
    expect(writes).toBe(5);
  });

  it("takes the same commit again, once", async () => {
    const sent = new Map<World, ReturnType<typeof nextChange>>();
    await atEveryCut(
      async ({ store }) => (await store.create(newRun({ lease: newLease() }))).stored,
      (world, run) => {
        if (run === undefined) throw new TypeError("no run");
        const child = newRun({ parentRunId: run.run.runId });
        const change = nextChange(run, { records: [moved({ n: 1 })], children: [child] });
        sent.set(world, change);
        return world.store.commit(change);
      },
      async (world) => {
        const change = sent.get(world);
        if (change === undefined) throw new TypeError("nothing was sent");
        const store = world.restart();
        await store.commit(change);
        await store.commit(change);
        const after = await store.load(change.runId);
        expect(after?.run).toEqual(change.run);
        expect(await store.records(change.runId)).toHaveLength(2);
        expect((await store.listChildren(change.runId)).items).toHaveLength(1);
      },
    );
  });

  it("lets another driver go on from what the ledger says", async () => {
    await atEveryCut(
      async ({ store }) => (await store.create(newRun({ runId: "run", lease: newLease() }))).stored,
      (world, run) => {
        if (run === undefined) throw new TypeError("no run");
        const lease = newLease();
        return world.store.commit(nextChange(run, { records: [moved({ by: "first" })], lease }));
      },
      async (world, before) => {
        const store = world.restart();
        await world.clock.advance(60_000);
        const [claimed] = (await store.claimDue(claimRequest())).runs;
        if (claimed === undefined) throw new TypeError("nothing was due");
        expect(claimed.head.leaseId).not.toBe(before?.head.leaseId);
        await store.commit(nextChange(claimed, { records: [moved({ second: true })] }));
        const after = await store.load("run");
        expect(after?.run.vars).toEqual({ ...claimed.run.vars, second: true });
        await expectConsistent(store, "run");
      },
    );
  });

  it("comes back by itself to a run that nobody held", async () => {
    await atEveryCut(
      async ({ store }) => (await store.create(newRun({ runId: "run" }))).stored,
      (world, run) => {
        if (run === undefined) throw new TypeError("no run");
        const wakeAt = new Date(world.clock.now()).toISOString();
        return world.store.commit(nextChange(run, { wakeAt }));
      },
      async (world) => {
        const store = world.restart();
        const happened = (await store.records("run")).length === 2;
        await world.clock.advance(60_000);
        const { runs } = await store.claimDue(claimRequest());
        const revisions = runs.map((stored) => stored.run.revision);
        expect(revisions).toEqual(happened ? [2] : revisions.slice(0, 1).map(() => 1));
      },
    );
  });

  it("has a new run and its children, or nothing of them", async () => {
    const given = () =>
      newRun({ runId: "run", children: [newRun({ runId: "child", parentRunId: "run" })] });
    await atEveryCut(
      async () => undefined,
      (world) => world.store.create(given()),
      async (world) => {
        const store = world.restart();
        const stored = await store.load("run");
        expect((await store.load("child")) !== undefined).toBe(stored !== undefined);
        await expectConsistent(store, "run");
        await expectConsistent(store, "child");
        const again = await store.create(given());
        expect(again.created).toBe(stored === undefined);
        expect((await store.list()).items).toHaveLength(2);
        await expectConsistent(store, "run");
        await expectConsistent(store, "child");
      },
    );
  });

  it("has a fork whole, or nothing of it", async () => {
    const origin = newRun({ runId: "run", records: [moved({ n: 1 })] });
    const given = newFork("run", origin.records, { runId: "fork" });
    const writes = await atEveryCut(
      async ({ store }) => (await store.create(origin)).stored,
      ({ store }) => store.create(given),
      async (world) => {
        const store = world.restart();
        const isThere = (await store.load("fork")) !== undefined;
        await expectConsistent(store, "fork");
        const other = newFork("run", origin.records, { runId: "fork" });
        expect((await store.create(other)).created).toBe(!isThere);
        expect((await store.create(given)).created).toBe(isThere);
        expect(await store.records("fork")).toHaveLength(3);
        await expectConsistent(store, "fork");
        await expectConsistent(store, "run");
      },
    );
    expect(writes).toBe(3);
  });

  it("finds a run by a message whose creator died", async () => {
    const world = newWorld();
    world.setPower(new Power(3));
    await expect(world.store.create(newRun({ runId: "run" }))).rejects.toThrow(PowerCut);
    expect(await world.restart().deliver("run", newEvent())).toBe("accepted");
  });

  it("makes room for a new run where a purge left a ledger behind", async () => {
    const world = newWorld();
    const { stored } = await world.store.create(newRun({ runId: "run" }));
    await world.store.commit(nextChange(stored, { records: [ended()] }));
    await world.clock.advance(60_000);
    world.setPower(new Power(1));
    const endedBefore = "2027-01-01T00:00:00Z";
    await expect(world.store.purge({ endedBefore })).rejects.toThrow(PowerCut);
    const store = world.restart();
    expect(await store.load("run")).toBeUndefined();
    const again = await store.create(newRun({ runId: "run", vars: { again: true } }));
    expect(again.created).toBe(true);
    expect((await store.load("run"))?.run.vars).toEqual({ again: true });
    await expectConsistent(store, "run");
  });

  it("tells the slower of two drivers, when the ledger takes one record per place", async () => {
    const world = newWorld();
    const { stored } = await world.store.create(newRun({ lease: newLease({ leaseMs: 1_000 }) }));
    const slow = nextChange(stored, { records: [moved({ by: "slow" })] });
    await world.runs.prepare({ kind: "commit", change: slow });
    await world.clock.advance(5_000);
    const [claimed] = (await world.store.claimDue(claimRequest())).runs;
    if (claimed === undefined) throw new TypeError("nothing was due");
    await world.ledger.append(slow.runId, slow.records, 1);
    const quick = nextChange(claimed, { records: [moved({ by: "quick" })] });
    await expect(world.store.commit(quick)).rejects.toThrow(
      expect.objectContaining({ code: "revision_conflict" }),
    );
    const after = await world.store.load(slow.runId);
    expect(after?.run.vars).toEqual({ by: "slow" });
    expect(after?.head.leaseId).toBe(claimed.head.leaseId);
    await expectConsistent(world.store, slow.runId);
  });
});
