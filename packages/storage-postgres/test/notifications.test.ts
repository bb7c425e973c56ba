import {
  complete,
  defineEffect,
  defineWorkflow,
  goto,
  Runtime,
  waitEvent,
} from "@abstractruntime/core";
import {
  claimRequest,
  newEvent,
  newLease,
  newRun,
  nextChange,
  waiting,
} from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { startDatabase, type TestDatabase } from "./database.ts";

const schema = "told";
const long = 3_600_000;

const count = defineEffect({
  type: "count",
  replay: "safe",
  perform: ({ to }: { readonly to: number }) => ({ to }),
});

/** Ten effects, one after another. */
const counts = defineWorkflow({
  id: "counts",
  entry: "next",
  nodes: {
    next: (run) => {
      run.vars.count = (run.vars.count ?? 0) + 1;
      return run.vars.count > 10 ? goto("end") : goto("say");
    },
    say: (run) => count({ to: run.vars.count }, { next: "next" }),
    end: (run) => complete(run.vars.count),
  },
});

const hears = defineWorkflow({
  id: "hears",
  entry: "hear",
  nodes: {
    hear: () => waitEvent({ key: "news", resultKey: "heard", next: "end" }),
    end: (run) => complete(run.vars.heard),
  },
});

let database: TestDatabase;
let store: PostgresStore;
let runtime: Runtime;
let ear: pg.Client;
/** Time stands still but where a test moves it. */
let now = Date.parse("2026-01-01T00:00:00Z");

beforeAll(async () => {
  database = await startDatabase();
  store = await PostgresStore.open({
    connectionString: database.url,
    schema,
    clock: { now: () => now },
  });
  runtime = new Runtime({
    store,
    workflows: [counts, hears],
    effects: [count],
    closesStore: false,
  });
  ear = new pg.Client({ connectionString: database.url });
  await ear.connect();
  await ear.query(`listen ${schema}`);
});
afterAll(async () => {
  await runtime.close();
  await store.close();
  await ear.end();
  await database.stop();
});

/** How many notifications `work` causes. They come in the order of commits, so between two of ours are its own. */
async function notificationsOf(work: () => Promise<unknown>): Promise<number> {
  const heard: (string | undefined)[] = [];
  const ended = Promise.withResolvers<void>();
  const listen = ({ payload }: pg.Notification): void => {
    heard.push(payload);
    if (payload === "end") ended.resolve();
  };
  ear.on("notification", listen);
  await ear.query(`notify ${schema}, 'begin'`);
  await work();
  await ear.query(`notify ${schema}, 'end'`);
  await ended.promise;
  ear.off("notification", listen);
  return heard.indexOf("end") - heard.indexOf("begin") - 1;
}

const due = (): string => new Date(now).toISOString();
const later = (): string => new Date(now + long).toISOString();

/** A run that waits, and nobody holds. */
async function newWaiting() {
  return (await store.create(newRun({ records: [waiting()] }))).stored;
}

async function newHeld() {
  return (await store.create(newRun({ lease: newLease() }))).stored;
}

describe("a notification is sent", () => {
  it("by no run that goes on by itself, however many steps it takes", async () => {
    expect(await notificationsOf(() => runtime.start(counts, { id: "alone", vars: {} }))).toBe(0);
    expect((await store.load("alone"))?.run).toMatchObject({ status: "completed", output: 11 });
  });

  it("by a message to a run that waits, and not by the steps that it causes", async () => {
    await runtime.start(hears, { id: "waits", vars: {} });
    const told = await notificationsOf(() => runtime.emitEvent("news", 1, { drive: false }));
    expect(told).toBe(1);
    expect(await notificationsOf(() => runtime.run("waits"))).toBe(0);
  });

  it("once by a hundred messages in one commit", async () => {
    const waiters = await Promise.all(Array.from({ length: 100 }, () => newWaiting()));
    const held = await newHeld();
    const messages = waiters.map(({ run }) => ({ runId: run.runId, message: newEvent() }));
    const change = nextChange(held, { messages, lease: newLease() });
    expect(await notificationsOf(() => store.commit(change))).toBe(1);
    const claimed = await store.claimDue(
      claimRequest({ runIds: messages.map(({ runId }) => runId) }),
    );
    expect(claimed.runs.length).toBe(100);
  });

  it("once by a hundred messages to one run in one commit", async () => {
    const { run } = await newWaiting();
    const messages = Array.from({ length: 100 }, () => ({ runId: run.runId, message: newEvent() }));
    const change = nextChange(await newHeld(), { messages, lease: newLease() });
    expect(await notificationsOf(() => store.commit(change))).toBe(1);
  });

  it("once by a hundred children that are due in one commit", async () => {
    const children = Array.from({ length: 100 }, () => newRun({ wakeAt: due() }));
    const change = nextChange(await newHeld(), { children, lease: newLease() });
    expect(await notificationsOf(() => store.commit(change))).toBe(1);
  });

  it("by a run that begins, or is given back, to be done now", async () => {
    expect(await notificationsOf(() => store.create(newRun({ wakeAt: due() })))).toBe(1);
    const { run, head } = await newHeld();
    const back = { runId: run.runId, leaseId: head.leaseId ?? "", inboxSeq: 0, wakeAt: due() };
    expect(await notificationsOf(() => store.giveBack(back))).toBe(1);
    const change = nextChange(await newHeld(), { wakeAt: due() });
    expect(await notificationsOf(() => store.commit(change))).toBe(1);
  });

  it("by nothing that is due later, or never", async () => {
    const told = await notificationsOf(async () => {
      await store.create(newRun({ wakeAt: later() }));
      await newWaiting();
      const { run, head } = await newHeld();
      const back = { runId: run.runId, leaseId: head.leaseId ?? "", inboxSeq: 0, wakeAt: later() };
      await store.giveBack(back);
      await store.commit(nextChange(await newHeld(), { wakeAt: null }));
    });
    expect(told).toBe(0);
  });

  it("by no message to a run whose driver reads it anyway", async () => {
    const { run, head } = await newHeld();
    const told = await notificationsOf(async () => {
      await store.deliver(run.runId, newEvent());
      await store.renew([{ runId: run.runId, leaseId: head.leaseId ?? "" }], long);
    });
    expect(told).toBe(0);
  });

  it("by no second message to a run that is due already", async () => {
    const { run } = await newWaiting();
    expect(await notificationsOf(() => store.deliver(run.runId, newEvent()))).toBe(1);
    now += 1;
    expect(await notificationsOf(() => store.deliver(run.runId, newEvent()))).toBe(0);
  });

  it("by nobody who claims", async () => {
    const { runId } = (await store.create(newRun({ wakeAt: due() }))).stored.run;
    const claim = () => store.claimDue(claimRequest({ runIds: [runId] }));
    expect(await notificationsOf(claim)).toBe(0);
  });
});
