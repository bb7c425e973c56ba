import { randomUUID } from "node:crypto";
import { newEvent, newRun, nextChange } from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { ask } from "./database.ts";
import { type OwnPostgres, startPostgres } from "./embedded-postgres.ts";
import { startProxy } from "./proxy.ts";

const unavailable = { code: "store_unavailable" };
const refused = { code: "invalid_argument" };

let server: OwnPostgres;

beforeAll(async () => {
  server = await startPostgres({
    settings: ["max_connections=12", "superuser_reserved_connections=2", "deadlock_timeout=50ms"],
    hba: ["host all locked 127.0.0.1/32 scram-sha-256"],
  });
  await ask(server.url, "create role locked login password 'right'");
  await ask(server.url, "create role ordinary login");
});
afterAll(() => server.stop());

/** The server's url, changed. */
function urlWith(change: {
  user?: string;
  password?: string;
  database?: string;
  options?: string;
}) {
  const url = new URL(server.url);
  if (change.user !== undefined) url.username = change.user;
  if (change.password !== undefined) url.password = change.password;
  if (change.database !== undefined) url.pathname = `/${change.database}`;
  if (change.options !== undefined) url.searchParams.set("options", change.options);
  return url.href;
}

function newSchema(): string {
  return `s_${randomUUID().replaceAll("-", "")}`;
}

async function open(
  schema: string,
  options: Partial<Parameters<typeof PostgresStore.open>[0]> = {},
): Promise<PostgresStore> {
  const connectionString = options.pool === undefined ? { connectionString: server.url } : {};
  return PostgresStore.open({ ...connectionString, schema, maxConnections: 2, ...options });
}

describe("what only an operator can help with", () => {
  it.each([
    ["a wrong password", { user: "locked", password: "wrong" }, "password is wrong"],
    ["no password", { user: "locked" }, "SASL"],
    ["a role that is not there", { user: "nobody" }, "may not log in"],
    ["a database that is not there", { database: "nowhere" }, "database does not exist"],
  ])("is refused with what to do: %s", async (_what, change, message) => {
    for (const migrate of [true, false])
      await expect(
        open(newSchema(), { connectionString: urlWith(change), migrate }),
      ).rejects.toMatchObject({ ...refused, message: expect.stringContaining(message) });
  });

  it.each([
    ["a connection string that is none", { connectionString: "postgres://[" }],
    ["TLS where the server has none", { ssl: true as const }],
  ])("is refused with what to do: %s", async (_what, options) => {
    await expect(
      PostgresStore.open({ connectionString: server.url, ...options }),
    ).rejects.toMatchObject(refused);
  });

  it("is refused with what to do: neither a pool nor a connection string, or both", async () => {
    await expect(PostgresStore.open({})).rejects.toMatchObject(refused);
    const both = { pool: new pg.Pool(), connectionString: server.url };
    await expect(PostgresStore.open(both)).rejects.toMatchObject(refused);
  });

  it("is refused with what to do: a role that may not create the schema", async () => {
    const schema = newSchema();
    const connectionString = urlWith({ user: "ordinary" });
    await expect(open(schema, { connectionString })).rejects.toMatchObject(refused);
    await (await open(schema)).close();
    await expect(open(schema, { connectionString })).rejects.toMatchObject(refused);
  });

  it.each([
    ["the schema is gone", "drop schema {s} cascade"],
    ["a table is gone", "drop table {s}.runs cascade"],
    ["a function is gone", "drop function {s}.write_elsewhere"],
    ["a privilege is gone", "revoke all on {s}.runs from ordinary"],
  ])("is refused while it works: %s", async (_what, sql) => {
    const schema = newSchema();
    await (await open(schema)).close();
    await ask(server.url, `grant usage on schema ${schema} to ordinary`);
    await ask(server.url, `grant all on all tables in schema ${schema} to ordinary`);
    await using store = await open(schema, { connectionString: urlWith({ user: "ordinary" }) });
    const { stored } = await store.create(newRun());
    const change = nextChange(stored, { children: [newRun()] });
    await ask(server.url, sql.replaceAll("{s}", schema));
    await expect(store.commit(change)).rejects.toMatchObject(refused);
  });
});

describe("a server that does not serve now", () => {
  it("ends no process that is just opening a store", async () => {
    const pool = new pg.Pool({ connectionString: server.url });
    let gone = 0;
    pool.on("release", () => {
      gone += 1;
      pool.emit("error", new Error("an idle connection was closed"), new pg.Client()); // throws where nobody listens
    });
    const store = await open(newSchema(), { pool });
    expect(gone).toBeGreaterThan(0);
    await store.close();
    expect(pool.listenerCount("error")).toBe(0);
    await pool.end();
  });

  it("is unavailable when the connection breaks that migrates", async () => {
    await using proxy = await startProxy(server.url);
    const [schema, connectionString] = [newSchema(), proxy.url];
    for (const when of ["before", "after"] as const) {
      proxy.cut(when, "create schema");
      await expect(open(schema, { connectionString })).rejects.toMatchObject(unavailable);
    }
    expect(proxy.cuts).toBe(2);
    await (await open(schema, { connectionString })).close();
  });

  it("is unavailable while it has no connection left", async () => {
    const schema = newSchema();
    await (await open(schema)).close();
    await ask(server.url, `grant usage on schema ${schema} to ordinary`);
    await ask(server.url, `grant all on all tables in schema ${schema} to ordinary`);
    const connectionString = urlWith({ user: "ordinary" });
    const store = await open(schema, { connectionString });
    const crowd: pg.Client[] = [];
    for (let isFull = false; !isFull;) {
      const client = new pg.Client({ connectionString });
      isFull = await client.connect().then(
        () => crowd.push(client) > 100,
        () => true,
      );
    }
    const calls = Array.from({ length: 4 }, () => store.create(newRun()));
    const ends = await Promise.allSettled(calls);
    await expect(open(newSchema(), { connectionString })).rejects.toMatchObject(unavailable);
    await Promise.all(crowd.map((client) => client.end()));
    // Over the connection that the store has, the first batch went; another had none to go over.
    const errors = ends.filter(({ status }) => status === "rejected");
    for (const error of errors) expect(error).toMatchObject({ reason: unavailable });
    expect((await store.create(newRun())).created).toBe(true);
    await store.close();
  });

  it("is unavailable while the pool has no connection left", async () => {
    const pool = new pg.Pool({
      connectionString: server.url,
      max: 1,
      connectionTimeoutMillis: 50,
    });
    const store = await open(newSchema(), { pool });
    const change = nextChange((await store.create(newRun())).stored);
    const client = await pool.connect();
    await expect(store.commit(change)).rejects.toMatchObject(unavailable);
    client.release();
    expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
    await store.close();
    expect((await pool.query("select 1")).rowCount).toBe(1);
    await pool.end();
  });

  it("is unavailable where it only reads, and the same commit is good when it writes again", async () => {
    const schema = newSchema();
    await using store = await open(schema, { maxConnections: 1 });
    const change = nextChange((await store.create(newRun())).stored);
    await ask(server.url, "alter database postgres set default_transaction_read_only = on");
    await ask(
      server.url,
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = 'postgres'",
    );
    await expect(store.commit(change)).rejects.toMatchObject(unavailable);
    await expect(store.commit(change)).rejects.toMatchObject(unavailable);
    await expect(open(newSchema())).rejects.toMatchObject(unavailable);
    expect((await store.load(change.runId))?.run.revision).toBe(1);
    const options = urlWith({ options: "-c default_transaction_read_only=off" });
    await ask(options, "alter database postgres set default_transaction_read_only = off");
    // The connection that may not write goes with the error.
    await store.commit(change).catch(() => undefined);
    expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
  });

  it("is unavailable when a statement takes too long, by the server's clock or by ours", async () => {
    const schema = newSchema();
    for (const options of [
      { connectionString: urlWith({ options: "-c statement_timeout=100" }) },
      { timeoutMs: 100 },
    ]) {
      await using store = await open(schema, options);
      const change = nextChange((await store.create(newRun())).stored);
      const blocker = new pg.Client({ connectionString: server.url });
      await blocker.connect();
      await blocker.query("begin");
      await blocker.query(`select 1 from ${schema}.runs where run_id = $1 for update`, [
        change.runId,
      ]);
      await expect(store.commit(change)).rejects.toMatchObject(unavailable);
      await blocker.query("rollback");
      await blocker.end();
      expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
      expect((await store.records(change.runId)).length).toBe(2);
    }
  });

  it("is unavailable when it ends the connection in the middle", async () => {
    const schema = newSchema();
    await using store = await open(schema);
    const change = nextChange((await store.create(newRun())).stored);
    const blocker = new pg.Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query("begin");
    await blocker.query(`select 1 from ${schema}.runs where run_id = $1 for update`, [
      change.runId,
    ]);
    const ended = store.commit(change).catch((error: unknown) => error);
    const waiting = "from pg_stat_activity where wait_event_type = 'Lock'";
    for (;;) {
      const { rowCount } = await blocker.query(`select pg_terminate_backend(pid) ${waiting}`);
      if (rowCount === 1) break;
    }
    expect(await ended).toMatchObject(unavailable);
    await blocker.query("rollback");
    await blocker.end();
    expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
  });

  it.each(["fast", "immediate", "crash"] as const)(
    "is unavailable while it is down (%s), and works on when it is back",
    async (how) => {
      await using store = await open(newSchema());
      const change = nextChange((await store.create(newRun())).stored);
      await server.halt(how);
      await expect(store.commit(change)).rejects.toMatchObject(unavailable);
      await expect(store.load(change.runId)).rejects.toMatchObject(unavailable);
      await expect(open(newSchema())).rejects.toMatchObject(unavailable);
      await server.start();
      expect(await store.commit(change)).toEqual({ inboxSeq: 0, messages: [] });
      expect((await store.records(change.runId)).length).toBe(2);
    },
  );
});

describe("transactions that lose a race", () => {
  it("are sent again after a deadlock", async () => {
    const schema = newSchema();
    await using store = await open(schema);
    const [one, two] = await Promise.all(
      ["a", "b"].map(async (runId) => (await store.create(newRun({ runId }))).stored),
    );
    if (one === undefined || two === undefined) throw new Error("two runs are needed");
    // Holds b and then wants a, while the commit holds a and wants b.
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    await other.query("begin");
    await other.query("set local deadlock_timeout = '1min'");
    await other.query(`select 1 from ${schema}.runs where run_id = 'b' for update`);
    const messages = [{ runId: "b", message: newEvent() }];
    const commit = store.commit(nextChange(one, { messages }));
    await someWait(server.url, 1);
    const theirs = other.query(`select 1 from ${schema}.runs where run_id = 'a' for update`);
    await theirs;
    await other.query("commit");
    await other.end();
    expect(await commit).toEqual({ inboxSeq: 0, messages: [] });
    expect((await store.load("b"))?.head.inboxSeq).toBe(1);
    await someDeadlock(server.url);
  });

  it("are sent again where the caller's pool asks for serializable transactions", async () => {
    const options = "-c default_transaction_isolation=serializable";
    const connectionString = urlWith({ options });
    await using store = await open(newSchema(), { connectionString, maxConnections: 6, lanes: 4 });
    const { runId } = (await store.create(newRun())).stored.run;
    const deliveries = Array.from({ length: 20 }, () => store.deliver(runId, newEvent()));
    expect(new Set(await Promise.all(deliveries))).toEqual(new Set(["accepted"]));
    expect((await store.load(runId))?.head.inboxSeq).toBe(20);
  });
});

/** Until so many sessions wait for a lock. */
async function someWait(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (;;) {
    const { rowCount } = await client.query(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock'",
    );
    if ((rowCount ?? 0) >= count) break;
  }
  await client.end();
}

/** Until the server has counted a deadlock: PostgreSQL 14 does so a moment later. */
async function someDeadlock(url: string): Promise<void> {
  const count = "select deadlocks::integer from pg_stat_database where datname = 'postgres'";
  for (let deadlocks = 0; deadlocks === 0;)
    [{ deadlocks } = { deadlocks }] = await ask<{ deadlocks: number }>(url, count);
}
