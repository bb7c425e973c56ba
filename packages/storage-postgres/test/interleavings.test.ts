import type { Change, DurableStore, NewRun, StoredRun } from "@abstractruntime/core/store";
import {
  begun,
  childEnded,
  claimRequest,
  ended,
  moved,
  newEvent,
  newFork,
  newLease,
  newRun,
  nextChange,
  waiting,
} from "@abstractruntime/testkit/conformance";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { ask, startDatabase, type TestDatabase } from "./database.ts";
import { observedPool } from "./observed-pool.ts";
import { Session } from "./sessions.ts";

const schema = "abstractruntime";

let database: TestDatabase;
/** Of two processes. */
let store: PostgresStore;
let other: PostgresStore;
/** Names of the statements that `store` has sent. */
const sent: string[] = [];
let pool: pg.Pool;

beforeAll(async () => {
  database = await startDatabase();
  pool = observedPool({ connectionString: database.url, max: 6 }, (name) => void sent.push(name));
  store = await PostgresStore.open({ pool, lanes: 1 });
  other = await PostgresStore.open({ connectionString: database.url, maxConnections: 4 });
});
afterAll(async () => {
  await store.close();
  await other.close();
  await pool.end();
  await database.stop();
});

async function start(options: Parameters<typeof newRun>[0] = {}): Promise<StoredRun> {
  return (await store.create(newRun(options))).stored;
}

async function read(runId: string): Promise<StoredRun> {
  const stored = await store.load(runId);
  if (stored === undefined) throw new Error(`${runId} is not there`);
  return stored;
}

/** How a call ended: its answer, or its error's code. */
function endOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch(({ code }: { code?: string }) => code);
}

/** Statements of a kind that are sent by some work. */
async function sentBy(kind: string, work: () => Promise<unknown>): Promise<number> {
  sent.length = 0;
  await work();
  return sent.filter((name) => name.includes(kind)).length;
}

async function deadlocks(): Promise<number> {
  const [row] = await ask<{ deadlocks: string }>(
    database.url,
    "select deadlocks from pg_stat_database where datname = current_database()",
  );
  return Number(row?.deadlocks);
}

/** Two calls that meet at a held row, in the order in which they came to it. */
async function inOrder(
  runIds: readonly string[],
  ...calls: readonly (() => Promise<unknown>)[]
): Promise<unknown[]> {
  await using session = await Session.open(database.url);
  await using observer = await Session.open(database.url);
  await session.hold(schema, ...runIds);
  const ends: Promise<unknown>[] = [];
  for (const call of calls) {
    ends.push(endOf(call()));
    await observer.untilWaiting(ends.length);
  }
  await session.run("commit");
  return Promise.all(ends);
}

describe("a delivery and a commit that wait for one row", () => {
  const cases = [
    ["the delivery first", true],
    ["the commit first", false],
  ] as const;

  it.each(cases)("never miss each other when a wait begins: %s", async (_order, isFirst) => {
    const held = await start({ lease: newLease() });
    const { runId } = held.run;
    const message = newEvent();
    const deliver = () => other.deliver(runId, message);
    const commit = () => store.commit(nextChange(held, { records: [waiting()] }));
    const ends = await inOrder([runId], ...(isFirst ? [deliver, commit] : [commit, deliver]));
    const messages = isFirst ? [{ position: 1, message }] : [];
    expect(ends.toReversed()[isFirst ? 0 : 1]).toEqual({ inboxSeq: messages.length, messages });
    const due = await store.claimDue(claimRequest({ runIds: [runId] }));
    expect(due.runs.map(({ run }) => run.runId)).toEqual([runId]);
  });

  it.each(cases)("agree whether a wait timed out: %s", async (_order, isFirst) => {
    const held = await start({ lease: newLease(), records: [waiting()] });
    const { runId } = held.run;
    const deliver = () => other.deliver(runId, newEvent());
    const change = nextChange(held, { records: [moved()], refuseNewMessages: true });
    const commit = () => store.commit(change);
    const ends = await inOrder([runId], ...(isFirst ? [deliver, commit] : [commit, deliver]));
    const written = { inboxSeq: 0, messages: [] };
    expect(ends).toEqual(isFirst ? ["accepted", "inbox_changed"] : [written, "accepted"]);
    expect((await read(runId)).run.revision).toBe(isFirst ? 1 : 2);
  });

  it.each(cases)("agree whether a lease was given back: %s", async (_order, isFirst) => {
    const { run, head } = await start({ lease: newLease() });
    const back = { runId: run.runId, leaseId: head.leaseId ?? "", inboxSeq: 0, wakeAt: null };
    const deliver = () => other.deliver(run.runId, newEvent());
    const giveBack = () => store.giveBack(back);
    const ends = await inOrder(
      [run.runId],
      ...(isFirst ? [deliver, giveBack] : [giveBack, deliver]),
    );
    expect(ends).toEqual(isFirst ? ["accepted", "inbox_changed"] : [undefined, "accepted"]);
    expect((await read(run.runId)).head.leaseId).toBe(isFirst ? head.leaseId : null);
  });

  it.each(cases)("agree whether the run has ended: %s", async (_order, isFirst) => {
    const held = await start({ lease: newLease() });
    const { runId } = held.run;
    const deliver = () => other.deliver(runId, newEvent());
    const commit = () => store.commit(nextChange(held, { records: [ended()] }));
    const ends = await inOrder([runId], ...(isFirst ? [deliver, commit] : [commit, deliver]));
    expect(ends[isFirst ? 0 : 1]).toBe(isFirst ? "accepted" : "ended");
    expect((await read(runId)).head.wakeAt).toBe(null);
  });

  it.each(cases)("count a message once that both bring: %s", async (_order, isFirst) => {
    const held = await start({ lease: newLease() });
    const { runId } = held.run;
    const message = newEvent();
    const deliver = () => other.deliver(runId, message);
    const consumed = [message.messageId];
    const commit = () => store.commit(nextChange(held, { records: [moved()], consumed }));
    const ends = await inOrder([runId], ...(isFirst ? [deliver, commit] : [commit, deliver]));
    expect(ends[isFirst ? 0 : 1]).toBe(isFirst ? "accepted" : "duplicate");
    expect(await store.readInbox(runId)).toEqual([]);
    expect((await read(runId)).head.inboxSize).toBe(0);
  });

  it.each(cases)("agree on who gets an event: %s", async (_order, isFirst) => {
    const key = `key ${isFirst}`;
    const held = await start({ lease: newLease(), records: [waiting({ waitKeys: [key] })] });
    const { runId } = held.run;
    const message = newEvent(key);
    const publish = () => other.publish({ message, expiresAt: "2100-01-01T00:00:00Z" });
    const commit = () => store.commit(nextChange(held, { records: [moved()] }));
    const ends = await inOrder([runId], ...(isFirst ? [publish, commit] : [commit, publish]));
    const written = { inboxSeq: 0, messages: [] };
    const got = { deliveredTo: [runId], kept: false };
    const answer = isFirst ? { inboxSeq: 1, messages: [{ position: 1, message }] } : written;
    // Who finds its candidate gone keeps the event for the next.
    const kept = { deliveredTo: [], kept: true };
    expect(ends).toEqual(isFirst ? [got, answer] : [answer, kept]);
    expect((await store.readInbox(runId)).length).toBe(isFirst ? 1 : 0);
  });
});

describe("two writers that wait for one row", () => {
  it("are one winner and one loser, who is told why", async () => {
    const read1 = await start();
    const { runId } = read1.run;
    const [one, two] = [nextChange(read1), nextChange(read1)];
    const ends = await inOrder(
      [runId],
      () => store.commit(one),
      () => other.commit(two),
    );
    expect(ends).toEqual([{ inboxSeq: 0, messages: [] }, "revision_conflict"]);
    expect((await store.records(runId)).length).toBe(2);
  });

  it("are one claimer and nobody else", async () => {
    const { runId } = (await start({ wakeAt: "2026-01-01T00:00:00Z" })).run;
    const claim = (by: DurableStore) => async () =>
      (await by.claimDue(claimRequest({ runIds: [runId] }))).runs.length;
    expect(await inOrder([runId], claim(store), claim(other))).toEqual([1, 0]);
  });

  it("are a driver that overslept its lease, and one that took the run", async () => {
    const held = await start({ lease: newLease({ leaseMs: 1 }) });
    const { runId } = held.run;
    const claim = async () => (await other.claimDue(claimRequest({ runIds: [runId] }))).runs.length;
    const commit = () => store.commit(nextChange(held));
    expect(await inOrder([runId], claim, commit)).toEqual([1, "lease_lost"]);
    const renewed = await store.renew([{ runId, leaseId: held.head.leaseId ?? "" }], 1_000);
    expect([...renewed.keys()]).toEqual([]);
  });

  it("are a claim that takes what others do not hold, and passes over what they do", async () => {
    const wakeAt = "2026-01-01T00:00:00Z";
    const names = ["free", "taken"].map((workflowId) => ({ workflowId }));
    const [free, taken] = await Promise.all(names.map((name) => start({ ...name, wakeAt })));
    await using session = await Session.open(database.url);
    await session.hold(schema, taken?.run.runId ?? "");
    const claimed = await store.claimDue(claimRequest({ workflows: names }));
    expect(claimed.runs.map(({ run }) => run.runId)).toEqual([free?.run.runId]);
    await session.run("commit");
    const later = await store.claimDue(claimRequest({ workflows: names }));
    expect(later.runs.map(({ run }) => run.runId)).toEqual([taken?.run.runId]);
  });
});

describe("a claim that takes longer to load than its lease lasts", () => {
  it("hands out no run that somebody else has taken meanwhile", async () => {
    const { runId } = (await start({ wakeAt: "2026-01-01T00:00:00Z" })).run;
    const slow = observedPool({ connectionString: database.url }, async (name) => {
      let taken = name.endsWith("_load") ? 0 : 1;
      while (taken === 0)
        taken = (await other.claimDue(claimRequest({ runIds: [runId] }))).runs.length;
    });
    const overslept = await PostgresStore.open({ pool: slow });
    const request = claimRequest({ runIds: [runId], leaseMs: 1 });
    expect((await overslept.claimDue(request)).runs).toEqual([]);
    await overslept.close();
    await slow.end();
  });
});

describe("changes of one turn", () => {
  const waitId = "join";

  /** A run that waits for so many children. */
  function startJoin(total: number): Promise<StoredRun> {
    const join = {
      intentSeq: 2,
      total,
      begun: total,
      need: total,
      onFailure: "settle" as const,
      maxConcurrency: null,
    };
    return start({ records: [begun(1), waiting({ waitId, reason: "subworkflow", join })] });
  }

  function endOfChild(child: StoredRun, parentId: string, index: number): Change {
    const message = { ...childEnded(child.run.runId), index, waitId, messageId: `end ${index}` };
    return nextChange(child, { records: [ended()], messages: [{ runId: parentId, message }] });
  }

  it("travel together, also those that end children of one parent", async () => {
    const parent = await startJoin(20);
    const children = await Promise.all(Array.from({ length: 20 }, () => start()));
    const changes = children.map((child, index) => endOfChild(child, parent.run.runId, index));
    const statements = await sentBy("_commit_", () =>
      Promise.all(changes.map((change) => store.commit(change))),
    );
    expect(statements).toBe(1);
    const inbox = await store.readInbox(parent.run.runId);
    expect(inbox.map(({ message }) => message)).toMatchObject([
      { kind: "join_due", completed: 20, failed: 0 },
    ]);
    expect((await read(parent.run.runId)).head.inboxSeq).toBe(1);
  });

  it("are a child's end and its parent's own commit, in two batches", async () => {
    const parent = await startJoin(1);
    const child = await start();
    const pause = nextChange(parent, { records: [{ kind: "paused", messageId: null, by: null }] });
    const end = endOfChild(child, parent.run.runId, 0);
    const statements = await sentBy("_commit_", () =>
      Promise.all([store.commit(end), store.commit(pause)]),
    );
    expect(statements).toBe(2);
    const { run, head } = await read(parent.run.runId);
    expect([run.paused, head.inboxSeq]).toEqual([true, 1]);
  });

  it("each have their own end", async () => {
    const good = await Promise.all(Array.from({ length: 5 }, () => start()));
    const [stale, taken, told] = [await start(), await start({ lease: newLease() }), await start()];
    const first = nextChange(stale);
    await store.commit(first);
    const gone = newRun();
    await store.deliver(told.run.runId, newEvent());
    const bad: readonly (readonly [Change, unknown])[] = [
      [nextChange(stale), "revision_conflict"],
      [nextChange(taken, { leaseId: null }), "run_leased"],
      [nextChange({ run: gone.run, head: stale.head }), "run_not_found"],
      [nextChange(told, { refuseNewMessages: true }), "inbox_changed"],
    ];
    const changes = [...good.map((run) => nextChange(run)), ...bad.map(([change]) => change)];
    let ends: unknown[] = [];
    const statements = await sentBy("_commit_", async () => {
      ends = await Promise.all(changes.map((change) => endOf(store.commit(change))));
    });
    const fine = { inboxSeq: 0, messages: [] };
    expect(ends).toEqual([...good.map(() => fine), ...bad.map(([, code]) => code)]);
    expect(statements).toBe(1);
  });

  it("are sent one by one when a batch fails as a whole", async () => {
    const good = await Promise.all(Array.from({ length: 5 }, () => start()));
    const origin = newRun();
    const fork: NewRun = newFork("nobody", origin.records);
    const bad = nextChange(await start(), { children: [fork] });
    const changes = [...good.map((run) => nextChange(run)), bad];
    let ends: unknown[] = [];
    const statements = await sentBy("_commit_", async () => {
      ends = await Promise.all(changes.map((change) => endOf(store.commit(change))));
    });
    const fine = { inboxSeq: 0, messages: [] };
    expect(ends).toEqual([...good.map(() => fine), "invalid_argument"]);
    expect(statements).toBe(1 + changes.length);
    for (const { runId } of changes)
      expect((await store.records(runId)).length).toBe(runId === bad.runId ? 1 : 2);
  });
});

describe("processes that write to the same runs", () => {
  it("do not deadlock: they take rows in one order", async () => {
    const before = await deadlocks();
    const runs = await Promise.all(Array.from({ length: 12 }, () => start()));
    const ids = runs.map(({ run }) => run.runId);
    const send = async (
      by: PostgresStore,
      from: StoredRun,
      to: readonly string[],
    ): Promise<void> => {
      const messages = to.map((runId) => ({ runId, message: newEvent() }));
      await by.commit(nextChange(from, { messages }));
    };
    for (let round = 0; round < 10; round += 1) {
      const now = await Promise.all(ids.map(read));
      await Promise.all(
        now.map((run, index) =>
          send(index % 2 === 0 ? store : other, run, index % 3 === 0 ? ids : ids.toReversed()),
        ),
      );
    }
    for (const { run, head } of await Promise.all(ids.map(read)))
      expect([run.revision, head.inboxSeq]).toEqual([11, 120]);
    expect(await deadlocks()).toBe(before);
  });

  it("do not deadlock when leases are renewed while their runs are written", async () => {
    const before = await deadlocks();
    const leased = await Promise.all(
      Array.from({ length: 60 }, () => start({ lease: newLease() })),
    );
    const done = new AbortController();
    const renewals = async (): Promise<void> => {
      const leases = leased.map(({ run, head }) => ({
        runId: run.runId,
        leaseId: head.leaseId ?? "",
      }));
      for (let n = 0; !done.signal.aborted; n += 1)
        await other.renew(n % 2 === 0 ? leases : leases.toReversed(), 30_000);
    };
    const commits = async (): Promise<void> => {
      for (let round = 0; round < 20; round += 1) {
        const now = await Promise.all(leased.map(({ run }) => read(run.runId)));
        const order = round % 2 === 0 ? now : now.toReversed();
        const lease = ({ head }: StoredRun) => newLease({ leaseId: head.leaseId ?? "" });
        await Promise.all(order.map((run) => store.commit(nextChange(run, { lease: lease(run) }))));
      }
      done.abort();
    };
    await Promise.all([renewals(), commits()]);
    expect(await deadlocks()).toBe(before);
  });
});
