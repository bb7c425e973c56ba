import type { StoredRun } from "@abstractruntime/core/store";
import {
  claimRequest,
  newEvent,
  newLease,
  newRun,
  nextChange,
  waiting,
} from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { ask, startDatabase, type TestDatabase } from "./database.ts";
import { startProxy } from "./proxy.ts";

const unavailable = { code: "store_unavailable" };

let database: TestDatabase;
/** Over a connection that nobody cuts. */
let direct: PostgresStore;

beforeAll(async () => {
  database = await startDatabase();
  direct = await PostgresStore.open({ connectionString: database.url });
});
afterAll(async () => {
  await direct.close();
  await database.stop();
});

async function openThrough(url: string): Promise<PostgresStore> {
  return PostgresStore.open({ connectionString: url, maxConnections: 3, lanes: 1 });
}

async function start(): Promise<StoredRun> {
  return (await direct.create(newRun())).stored;
}

describe.each(["before", "after"] as const)("a connection that is cut %s a statement", (when) => {
  const isWritten = when === "after";

  it("leaves open whether a commit happened, and its commitId tells", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const [child, addressee] = [newRun(), await start()];
    const messages = [{ runId: addressee.run.runId, message: newEvent() }];
    const change = nextChange(await start(), { children: [child], messages });
    proxy.cut(when, "_commit_");
    await expect(store.commit(change)).rejects.toMatchObject(unavailable);
    expect((await direct.load(change.runId))?.run.revision).toBe(isWritten ? 2 : 1);
    expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
    expect((await direct.records(change.runId)).length).toBe(2);
    expect((await direct.records(child.run.runId)).length).toBe(1);
    expect((await direct.load(addressee.run.runId))?.head.inboxSeq).toBe(1);
    expect(proxy.cuts).toBe(1);
  });

  it("leaves it open for each change of a batch", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const runs = await Promise.all(Array.from({ length: 20 }, start));
    const changes = runs.map((run) => nextChange(run));
    proxy.cut(when, "_commit_");
    const ends = await Promise.allSettled(changes.map((change) => store.commit(change)));
    expect(ends.map(({ status }) => status)).toEqual(Array(20).fill("rejected"));
    await Promise.all(changes.map((change) => store.commit(change)));
    for (const { runId } of changes) expect((await direct.records(runId)).length).toBe(2);
  });

  it("leaves open whether a run was created, and sent again it counts as created", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const given = newRun();
    proxy.cut(when, "_create");
    await expect(store.create(given)).rejects.toMatchObject(unavailable);
    expect((await direct.load(given.run.runId)) !== undefined).toBe(isWritten);
    expect((await store.create(given)).created).toBe(true);
    expect((await direct.records(given.run.runId)).length).toBe(1);
  });

  it("leaves open whether a message was delivered, and its id tells", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const { runId } = (await start()).run;
    const message = newEvent();
    proxy.cut(when, "_deliver");
    await expect(store.deliver(runId, message)).rejects.toMatchObject(unavailable);
    expect(await store.deliver(runId, message)).toBe(isWritten ? "duplicate" : "accepted");
    expect((await direct.readInbox(runId)).length).toBe(1);
  });

  it("leaves open whether an event was kept, and given to whoever waits", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    for (const statement of ["_keep_event", "_give_event"]) {
      const key = `${when} ${statement}`;
      const waiter = newRun({ records: [waiting({ reason: "event", waitKeys: [key] })] });
      await direct.create(waiter);
      const event = { message: newEvent(key), expiresAt: "2100-01-01T00:00:00Z" };
      proxy.cut(when, statement);
      await expect(store.publish(event)).rejects.toMatchObject(unavailable);
      const answer = { deliveredTo: [waiter.run.runId], kept: false };
      expect(await store.publish(event)).toEqual(answer);
      expect((await direct.readInbox(waiter.run.runId)).length).toBe(1);
    }
  });

  it("leaves a claim that nobody knows of to the end of its lease", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const wakeAt = "2026-01-01T00:00:00.000Z";
    const { runId } = (await direct.create(newRun({ wakeAt }))).stored.run;
    const request = claimRequest({ limit: 1, runIds: [runId], leaseMs: 3_600_000 });
    proxy.cut(when, "_claim_these");
    await expect(store.claimDue(request)).rejects.toMatchObject(unavailable);
    const again = await store.claimDue(claimRequest({ limit: 1, runIds: [runId] }));
    expect(again.runs.length).toBe(isWritten ? 0 : 1);
    await ask(database.url, "update abstractruntime.runs set wake_ms = 0, due_ms = 0");
    const later = await store.claimDue(claimRequest({ limit: 1, runIds: [runId] }));
    expect(later.runs[0]?.head.claims).toBe(2);
  });

  it("leaves open whether a lease was given back", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const { run, head } = (await direct.create(newRun({ lease: newLease() }))).stored;
    const back = { runId: run.runId, leaseId: head.leaseId ?? "", inboxSeq: 0, wakeAt: null };
    proxy.cut(when, "_give_back");
    await expect(store.giveBack(back)).rejects.toMatchObject(unavailable);
    const again = await store.giveBack(back).then(
      () => "given back",
      ({ code }) => code,
    );
    expect(again).toBe(isWritten ? "lease_lost" : "given back");
    expect((await direct.load(run.runId))?.head.leaseId).toBe(null);
  });
});

describe("a server that can't be reached", () => {
  it("is unavailable to every call, and to nobody once it is back", async () => {
    await using proxy = await startProxy(database.url);
    await using store = await openThrough(proxy.url);
    const read = await start();
    const { runId } = read.run;
    const change = nextChange(read);
    proxy.partition();
    const calls = [
      () => store.commit(change),
      () => store.create(newRun()),
      () => store.load(runId),
      () => store.list(),
      () => store.listChildren(runId),
      () => store.records(runId),
      () => store.recordTexts(runId),
      () => store.claimDue(claimRequest()),
      () => store.renew([{ runId, leaseId: "lease" }], 1_000),
      () => store.giveBack({ runId, leaseId: "lease", inboxSeq: 0, wakeAt: null }),
      () => store.deliver(runId, newEvent()),
      () => store.readInbox(runId),
      () => store.publish({ message: newEvent(), expiresAt: "2100-01-01T00:00:00Z" }),
      () => store.takeKept(runId, ["key"]),
      () => store.purge({ endedBefore: "2020-01-01T00:00:00Z" }),
      () => store.artifacts.put(new Uint8Array([1])),
      () => store.artifacts.list(),
      () => store.snapshots.list(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(unavailable);
    proxy.heal();
    expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
  });

  it("can't be opened", async () => {
    await using proxy = await startProxy(database.url);
    proxy.partition();
    await expect(openThrough(proxy.url)).rejects.toMatchObject(unavailable);
    const options = { connectionString: proxy.url, migrate: false };
    await expect(PostgresStore.open(options)).rejects.toMatchObject(unavailable);
  });
});
