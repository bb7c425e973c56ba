import { complete, defineWorkflow, Runtime } from "@abstractruntime/core";
import { claimRequest } from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { ask, startDatabase, type TestDatabase } from "./database.ts";

const greet = defineWorkflow({
  id: "greet",
  entry: "end",
  nodes: { end: (run) => complete(`hello ${run.vars.name}`) },
});

let database: TestDatabase;
let store: PostgresStore;
let client: pg.Client;

beforeAll(async () => {
  database = await startDatabase();
  store = await PostgresStore.open({ connectionString: database.url });
  await ask(database.url, "create table orders (id text primary key)");
});
afterAll(async () => {
  await store.close();
  await database.stop();
});
beforeEach(async () => {
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin");
});
afterEach(() => client.end());

describe("enqueueInTransaction", () => {
  it("starts a run that is there with the caller's own row, once both are committed", async () => {
    await client.query("insert into orders values ('one')");
    const options = { id: "one", vars: { name: "you" }, sessionId: "s" };
    const answer = await store.enqueueInTransaction(client, greet, options);
    expect(answer).toEqual({ runId: "one", created: true });
    expect(await store.load("one")).toBe(undefined);
    await client.query("commit");
    expect((await store.load("one"))?.run.sessionId).toBe("s");
    const runtime = new Runtime({ store, workflows: [greet], closesStore: false });
    expect(await runtime.run("one")).toMatchObject({ status: "completed", output: "hello you" });
    await runtime.close();
  });

  it("leaves nothing of a run whose transaction is rolled back", async () => {
    const { runId } = await store.enqueueInTransaction(client, greet);
    await client.query("rollback");
    expect(await store.load(runId)).toBe(undefined);
    expect(await store.recordTexts(runId)).toEqual([]);
  });

  it("makes it due when the transaction commits, and says so to whoever listens", async () => {
    let heard = Promise.withResolvers<string>();
    const stop = store.onDue(() => heard.resolve("heard"));
    await heard.promise; // that it listens
    heard = Promise.withResolvers();
    const { runId } = await store.enqueueInTransaction(client, greet);
    const claim = () => store.claimDue(claimRequest({ runIds: [runId] }));
    expect((await claim()).runs).toEqual([]);
    await client.query("commit");
    expect(await heard.promise).toBe("heard");
    expect((await claim()).runs.length).toBe(1);
    stop();
  });

  it("finds a run that was started alike, and refuses another under its id", async () => {
    const options = { id: "again", vars: { name: "a" } };
    await store.enqueueInTransaction(client, greet, options);
    const found = { runId: "again", created: false };
    expect(await store.enqueueInTransaction(client, greet, options)).toEqual(found);
    const other = store.enqueueInTransaction(client, greet, { id: "again", vars: { name: "b" } });
    await expect(other).rejects.toMatchObject({ code: "run_exists" });
    await client.query("commit");
    expect((await store.records("again")).length).toBe(1);
  });

  it("starts a run by the id of its workflow, whose code is elsewhere", async () => {
    const options = { id: "by-id", input: { name: "there" } };
    const created = await store.enqueueInTransaction(client, "greet", options);
    expect(created).toEqual({ runId: "by-id", created: true });
    const found = await store.enqueueInTransaction(client, "greet", options);
    expect(found).toEqual({ runId: "by-id", created: false });
    const other = store.enqueueInTransaction(client, "greet", { id: "by-id", input: {} });
    await expect(other).rejects.toMatchObject({ code: "run_exists" });
    const named = store.enqueueInTransaction(client, "greet", { ...options, version: "2" });
    await expect(named).rejects.toMatchObject({ code: "run_exists" });
    const bad = store.enqueueInTransaction(client, "", {});
    await expect(bad).rejects.toMatchObject({ code: "invalid_argument" });
    await client.query("commit");
    const runtime = new Runtime({ store, workflows: [greet], closesStore: false });
    expect(await runtime.run("by-id")).toMatchObject({ output: "hello there" });
    await runtime.close();
  });

  it("refuses bad input before it asks the database, and leaves the transaction alone", async () => {
    const refusals = [
      [store.enqueueInTransaction(client, greet, { id: "a/b" }), "invalid_id"],
      [
        store.enqueueInTransaction(client, greet, { vars: { at: new Date(0) } }),
        "invalid_json_value",
      ],
    ] as const;
    for (const [call, code] of refusals) await expect(call).rejects.toMatchObject({ code });
    expect((await store.enqueueInTransaction(client, greet)).created).toBe(true);
    await client.query("commit");
  });

  it("says that a transaction is lost whose connection is", async () => {
    const [{ pid } = { pid: 0 }] = (
      await client.query<{ pid: number }>("select pg_backend_pid() as pid")
    ).rows;
    client.on("error", () => {});
    const gone = new Promise((resolve) => client.once("end", resolve));
    await ask(database.url, "select pg_terminate_backend($1)", [pid]);
    await gone;
    const call = store.enqueueInTransaction(client, greet);
    await expect(call).rejects.toMatchObject({ code: "store_unavailable" });
  });
});

describe("stats", () => {
  it("counts runs by status, and names the largest tables and runs", async () => {
    const own = await PostgresStore.open({ connectionString: database.url, schema: "counted" });
    const none = { running: 0, waiting: 0, completed: 0, failed: 0, cancelled: 0 };
    expect(await own.stats()).toMatchObject({ runs: none, largestRuns: [] });
    const runtime = new Runtime({ store: own, workflows: [greet], closesStore: false });
    const noise = Array.from({ length: 5_000 }, (_, n) => (n * 2_654_435_761) % 4_294_967_296);
    await runtime.start(greet, { id: "small", vars: { name: "a" } });
    await runtime.start(greet, { id: "large", vars: { name: "b", noise } });
    await runtime.start(greet, { id: "open", drive: false });
    const { runs, tables, largestRuns } = await own.stats({ largest: 2 });
    expect(runs).toEqual({ ...none, running: 1, completed: 2 });
    expect(largestRuns.map(({ runId }) => runId)).toEqual(["large", "small"]);
    expect(largestRuns[0]?.bytes).toBeGreaterThan(10_000);
    const sizes = tables.map(({ bytes }) => bytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(tables.map(({ table }) => table)).toContain("ledger");
    await runtime.close();
    await own.close();
  });
});
