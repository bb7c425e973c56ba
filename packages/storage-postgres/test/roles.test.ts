import { randomUUID } from "node:crypto";
import { complete, defineWorkflow, Runtime, waitEvent } from "@abstractruntime/core";
import { ended, newRun, nextChange } from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import {
  conformancePool,
  conformanceSchemas,
  describeExtras,
  describeRuns,
  slice,
} from "./conformance.ts";
import { ask } from "./database.ts";
import { pageSql } from "./page-sql.ts";
import { type OwnPostgres, startPostgres } from "./embedded-postgres.ts";

/** What the page has a DBA run: once, and for each schema. */
const [createRoles = "", prepareSchema = ""] = pageSql("prepare-a-postgres-database.md");

/** Waits for an event, and says what came. */
const listens = defineWorkflow({
  id: "listens",
  entry: "hear",
  nodes: {
    hear: (run) => waitEvent({ key: `for:${run.runId}`, resultKey: "heard", next: "end" }),
    end: (run) => complete(run.vars.heard),
  },
});

let server: OwnPostgres;
let pool: pg.Pool;
let schema: string;

beforeAll(async () => {
  server = await startPostgres();
  await ask(server.url, "create database app");
  await ask(server.url, `${createRoles} create role guest login`);
  await ask(urlOf("postgres"), "revoke all on database app from public");
  await ask(urlOf("postgres"), "revoke all on schema public from public");
  // As a careful DBA does: nobody but the owner may call a function.
  await ask(
    urlOf("postgres"),
    "alter default privileges for role migrator revoke execute on functions from public",
  );
  for (const name of Object.values(conformanceSchemas)) await prepare(name);
  schema = await newSchema();
  pool = conformancePool(urlOf("runner"));
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

function urlOf(role: string): string {
  const url = new URL(server.url);
  url.username = role;
  url.pathname = "/app";
  return url.href;
}

/** Has a schema as the DBA makes it migrated by the role that does so. */
async function prepare(name: string): Promise<void> {
  await ask(urlOf("postgres"), prepareSchema.replaceAll("abstractruntime", name));
  await (await open("migrator", name)).close();
}

async function newSchema(): Promise<string> {
  const name = `s_${randomUUID().replaceAll("-", "")}`;
  await prepare(name);
  return name;
}

const open = (role: string, name: string): Promise<PostgresStore> =>
  PostgresStore.open({ connectionString: urlOf(role), schema: name });

/** Until the store listens, or hears of something. */
function hearsSomething(store: PostgresStore): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.onDue(() => {
      stop();
      resolve();
    });
  });
}

describeRuns("PostgresStore of a role that only runs", () => pool, slice);
describeExtras("PostgresStore of a role that only runs", () => pool);

describe("the role that runs", () => {
  it("drives runs, listens, counts, and starts runs in transactions of its own", async () => {
    const store = await open("runner", schema);
    await using runtime = new Runtime({ store, workflows: [listens] });
    await hearsSomething(store);
    await runtime.start(listens, { id: "one", vars: {} });
    await runtime.emitEvent("for:one", "hello");
    expect(await runtime.run("one")).toMatchObject({ status: "completed" });
    const client = new pg.Client({ connectionString: urlOf("runner") });
    await client.connect();
    await client.query("begin");
    await store.enqueueInTransaction(client, listens, { id: "two", vars: {} });
    await client.query("commit");
    await client.end();
    expect((await store.stats()).runs).toMatchObject({ running: 1, completed: 1 });
  });

  it("may change nothing of the schema", async () => {
    for (const sql of [
      `create table ${schema}.mine (id text)`,
      `drop table ${schema}.runs`,
      `alter table ${schema}.runs add mine text`,
      `truncate ${schema}.ledger`,
      "create schema mine",
      `create or replace function ${schema}.clock_ms() returns bigint language sql as 'select 1::bigint'`,
    ])
      await expect(ask(urlOf("runner"), sql)).rejects.toMatchObject({ code: "42501" });
  });

  it.each([
    ["usage on the schema", "revoke usage on schema {s} from runner", "schema {s}"],
    ["select on a table", "revoke select on {s}.runs from runner", "table runs"],
    ["insert on a table", "revoke insert on {s}.ledger from runner", "table ledger"],
    ["update on a table", "revoke update on {s}.runs from runner", "table runs"],
    [
      "execute on a function",
      "revoke execute on function {s}.tell_due from runner",
      "function tell_due",
    ],
  ])("is told what it lacks: %s", async (_what, sql, named) => {
    const bare = await newSchema();
    await using store = await open("runner", bare);
    const { stored } = await store.create(newRun());
    await ask(urlOf("postgres"), sql.replaceAll("{s}", bare));
    const message = `permission denied for ${named.replaceAll("{s}", bare)}: the role lacks a privilege`;
    const refusal = { code: "invalid_argument", message: expect.stringContaining(message) };
    await expect(store.commit(nextChange(stored))).rejects.toMatchObject(refusal);
  });

  it("is told what it lacks: delete on a table", async () => {
    const bare = await newSchema();
    await using store = await open("runner", bare);
    await store.create(newRun({ records: [ended()] }));
    await ask(urlOf("postgres"), `revoke delete on ${bare}.inbox from runner`);
    const purging = store.purge({ endedBefore: "2100-01-01T00:00:00Z" });
    const message = expect.stringContaining("permission denied for table inbox");
    await expect(purging).rejects.toMatchObject({ code: "invalid_argument", message });
  });

  it("is told what it lacks: connect on the database", async () => {
    const message = expect.stringContaining("permission denied for database");
    const refusal = { code: "invalid_argument", message };
    await expect(open("guest", schema)).rejects.toMatchObject(refusal);
  });

  it("is told to let another migrate where a version is missing", async () => {
    const bare = await newSchema();
    await ask(urlOf("postgres"), `delete from ${bare}.migrations where version > 1`);
    const migrating = open("runner", bare);
    const message = expect.stringContaining(`permission denied for schema ${bare}`);
    await expect(migrating).rejects.toMatchObject({ code: "invalid_argument", message });
    const options = { connectionString: urlOf("runner"), schema: bare, migrate: false };
    const wrong = { code: "invalid_argument", details: { found: 1 } };
    await expect(PostgresStore.open(options)).rejects.toMatchObject(wrong);
  });
});

describe("the role that migrates", () => {
  it("needs no privilege on the database where the DBA has made the schema", async () => {
    const [row] = await ask<{ may: boolean }>(
      urlOf("postgres"),
      "select has_database_privilege('migrator', 'app', 'create') as may",
    );
    expect(row?.may).toBe(false);
    await newSchema();
  });

  it("makes the schema itself where it may create in the database, and else is told so", async () => {
    const message = expect.stringContaining("permission denied for database");
    const refusal = { code: "invalid_argument", message };
    await expect(open("migrator", "own")).rejects.toMatchObject(refusal);
    await ask(urlOf("postgres"), "grant create on database app to migrator");
    await using store = await open("migrator", "own");
    expect((await store.create(newRun())).created).toBe(true);
    await ask(urlOf("postgres"), "revoke create on database app from migrator");
  });

  it("may run the plan as it is written", async () => {
    const name = `s_${randomUUID().replaceAll("-", "")}`;
    await ask(urlOf("postgres"), prepareSchema.replaceAll("abstractruntime", name));
    await ask(urlOf("migrator"), PostgresStore.plan(name));
    await using store = await open("runner", name);
    expect((await store.create(newRun())).created).toBe(true);
  });
});
