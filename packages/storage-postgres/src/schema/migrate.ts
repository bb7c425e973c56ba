import { AbstractRuntimeError } from "@abstractruntime/core/store";
import type { Pool, PoolClient } from "pg";
import { ignore } from "../connection/pool-of.ts";
import { migrations, type Migration } from "./migrations.ts";
import { assertSchemaName, inSchema } from "./schema-name.ts";

/** The version that this release works with. */
const present = migrations.at(-1)?.version ?? 0;

/** The SQL that brings a schema from `from` (0: nothing is there) to the present version, for a DBA to read and run. */
export function plan(schema: string, from = 0): string {
  assertSchemaName(schema);
  const steps = migrations.filter(({ version }) => version > from);
  return [
    "begin;",
    inSchema(prologue, schema),
    ...steps.map((step) => `-- ${step.version}: ${step.name}\n${stepSql(step, schema)}`),
    "commit;\n",
  ].join("\n");
}

/**
 * Bring the schema to the present version, in one transaction. Any number of processes may call this at once: one of them
 * does it.
 *
 * @returns the versions that this call applied
 * @throws invalid_argument a later release has migrated the schema, or the role may not
 */
export async function migrate(pool: Pool, schema: string): Promise<readonly number[]> {
  assertSchemaName(schema);
  if ((await versionOf(pool, schema)) === present) return []; // needs no privilege to create anything
  const client = await pool.connect();
  client.on("error", ignore); // a query that was under way says so
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(hashtext($1))", [`abstractruntime ${schema}`]);
    await client.query(inSchema(prologue, schema));
    const applied = await applyMissing(client, schema);
    await client.query("commit");
    client.off("error", ignore);
    client.release();
    return applied;
  } catch (error) {
    client.release(true); // with its transaction
    throw error;
  }
}

/** The version of the schema; 0 when nothing is there. */
export async function versionOf(pool: Pool, schema: string): Promise<number> {
  const { rows } = await pool.query<{ readonly there: boolean }>(
    "select to_regclass($1) is not null as there",
    [`${schema}.migrations`],
  );
  if (rows[0]?.there !== true) return 0;
  const found = await pool.query<{ readonly version: number }>(
    inSchema("select coalesce(max(version), 0) as version from {s}.migrations", schema),
  );
  return found.rows[0]?.version ?? 0;
}

/** @throws invalid_argument the schema is not at the version that this release works with */
export async function assertVersion(pool: Pool, schema: string): Promise<void> {
  const found = await versionOf(pool, schema);
  if (found !== present) throw wrongVersion(schema, found);
}

// A role that may create in the schema needs no privilege on the database: `create schema if not exists` would.
const prologue = `do $$ begin if to_regnamespace('{s}') is null then create schema {s}; end if; end $$;
create table if not exists {s}.migrations (version integer primary key, name text not null, applied_at timestamptz not null default now());
`;

async function applyMissing(client: PoolClient, schema: string): Promise<readonly number[]> {
  const { rows } = await client.query<{ readonly version: number }>(
    inSchema("select version from {s}.migrations", schema),
  );
  const applied = new Set(rows.map(({ version }) => version));
  const newest = Math.max(0, ...applied);
  if (newest > present) throw wrongVersion(schema, newest);
  const missing = migrations.filter(({ version }) => !applied.has(version));
  for (const step of missing) await client.query(stepSql(step, schema));
  return missing.map(({ version }) => version);
}

function stepSql({ version, name, sql }: Migration, schema: string): string {
  const note = `insert into {s}.migrations (version, name) values (${version}, '${name}');\n`;
  return inSchema(`${sql}\n${note}`, schema);
}

function wrongVersion(schema: string, found: number): AbstractRuntimeError {
  const what =
    found > present
      ? `a later release has migrated it: update @abstractruntime/storage-postgres`
      : "open a store once without `migrate: false`, or let a DBA run what PostgresStore.plan says";
  return new AbstractRuntimeError(
    "invalid_argument",
    `schema ${schema} is at version ${found}, and this release works with ${present}: ${what}`,
    { details: { schema, found, wanted: present } },
  );
}
