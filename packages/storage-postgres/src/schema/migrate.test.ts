import { randomUUID } from "node:crypto";
import { newRun } from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, startDatabase, type TestDatabase } from "../../test/database.ts";
import { PostgresStore } from "../index.ts";
import { migrate, plan, versionOf } from "./migrate.ts";
import { migrations } from "./migrations.ts";
import { inSchema } from "./schema-name.ts";

const present = migrations.length;

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await startDatabase();
  pool = newPool(4);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

function newPool(max = 1): pg.Pool {
  const made = new pg.Pool({ connectionString: database.url, max });
  return made.on("error", () => {}); // the database may be removed while connections are being closed
}

function newSchema(): string {
  return `s_${randomUUID().replaceAll("-", "")}`;
}

/** Everything in a schema: columns, constraints, indexes, functions, options. */
async function catalogOf(schema: string): Promise<readonly unknown[]> {
  const { rows } = await pool.query<{ readonly it: string }>(
    `select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) || coalesce(' ' || l.collname, '') || a.attstorage::text
       || a.attidentity::text || coalesce(c.reloptions::text, '') as it
     from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_collation l on l.oid = a.attcollation
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relnamespace = $1::text::regnamespace and c.relkind = 'r' and a.attnum > 0
     union all select indexdef from pg_indexes where schemaname = $1::text
     union all select conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = $1::text::regnamespace
     union all select pg_get_functiondef(oid) from pg_proc where pronamespace = $1::text::regnamespace
     order by 1`,
    [schema],
  );
  return rows.map(({ it: text }) => text.replaceAll(schema, "schema"));
}

describe("migrate", () => {
  it("is done once, however many ask for it at the same time", async () => {
    const schema = newSchema();
    const pools = Array.from({ length: 20 }, () => newPool());
    const applied = await Promise.all(pools.map((one) => migrate(one, schema)));
    expect(applied.filter((versions) => versions.length > 0)).toEqual([
      migrations.map(({ version }) => version),
    ]);
    const open = (one: pg.Pool): Promise<PostgresStore> =>
      PostgresStore.open({ pool: one, schema });
    const stores = await Promise.all(pools.map(open));
    await stores[0]?.create(newRun({ runId: "one" }));
    for (const store of stores) expect((await store.load("one"))?.run.revision).toBe(1);
    await Promise.all(pools.map((one) => one.end()));
  });

  it("makes what its plan says", async () => {
    const [planned, migrated] = [newSchema(), newSchema()];
    await ask(database.url, plan(planned));
    await migrate(pool, migrated);
    expect(await catalogOf(planned)).toEqual(await catalogOf(migrated));
    expect((await catalogOf(planned)).length).toBeGreaterThan(100);
    expect(await migrate(pool, planned)).toEqual([]);
  });

  it.each(migrations.map(({ version }) => version))("goes on from version %i", async (version) => {
    const [schema, whole] = [newSchema(), newSchema()];
    await migrate(pool, whole);
    await ask(database.url, upTo(schema, version - 1));
    const left = migrations.map((step) => step.version).filter((step) => step >= version);
    expect(await migrate(pool, schema)).toEqual(left);
    expect(await catalogOf(schema)).toEqual(await catalogOf(whole));
    const byPlan = newSchema();
    await ask(database.url, upTo(byPlan, version - 1));
    await ask(database.url, plan(byPlan, version - 1));
    expect(await catalogOf(byPlan)).toEqual(await catalogOf(whole));
  });

  it("refuses a schema that a later release has migrated, and leaves it alone", async () => {
    const schema = newSchema();
    await migrate(pool, schema);
    const later = `insert into ${schema}.migrations (version, name) values (${present + 1}, 'later')`;
    await ask(database.url, later);
    const refusal = {
      code: "invalid_argument",
      details: { schema, found: present + 1, wanted: present },
    };
    await expect(migrate(pool, schema)).rejects.toMatchObject(refusal);
    await expect(PostgresStore.open({ pool, schema })).rejects.toMatchObject(refusal);
    const unmigrated = PostgresStore.open({ pool, schema, migrate: false });
    await expect(unmigrated).rejects.toMatchObject(refusal);
  });

  it("leaves a schema as it was when a step fails, and the pool's connections too", async () => {
    const schema = newSchema();
    await ask(database.url, upTo(schema, 1));
    await ask(database.url, `create table ${schema}.artifacts (in_the_way integer)`);
    const before = await catalogOf(schema);
    const one = newPool();
    await expect(migrate(one, schema)).rejects.toMatchObject({ code: "42P07" });
    expect(await catalogOf(schema)).toEqual(before);
    expect((await one.query("select 1")).rowCount).toBe(1);
    await ask(database.url, `drop table ${schema}.artifacts`);
    expect((await migrate(one, schema)).length).toBe(present - 1);
    await one.end();
  });

  it("says of what is not there that it is at version 0", async () => {
    expect(await versionOf(pool, newSchema())).toBe(0);
    const schema = newSchema();
    const unmigrated = PostgresStore.open({ pool, schema, migrate: false });
    await expect(unmigrated).rejects.toMatchObject({ details: { found: 0 } });
    expect(await versionOf(pool, schema)).toBe(0);
  });
});

/** The SQL that brings a schema to an earlier version. */
function upTo(schema: string, version: number): string {
  const steps = migrations.filter((step) => step.version <= version);
  const notes = steps.map((step) => `insert into {s}.migrations values (${step.version}, 'it');`);
  const table =
    "create table {s}.migrations (version integer primary key, name text not null, applied_at timestamptz not null default now());";
  const sql = ["create schema {s};", table, ...steps.map((step) => step.sql), ...notes];
  return inSchema(sql.join("\n"), schema);
}
