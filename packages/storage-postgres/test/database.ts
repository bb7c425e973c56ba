import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import pg from "pg";
import { startPostgres } from "./embedded-postgres.ts";

export interface TestDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL database to test on, empty and removed in the end: on the server of `DATABASE_URL`, else on one at
 * 127.0.0.1:5432, else on one of our own.
 */
export async function startDatabase(): Promise<TestDatabase> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return newDatabase(given);
  if (await listens(5432)) return newDatabase("postgres://postgres@127.0.0.1:5432/postgres");
  return startPostgres();
}

/** One statement with a connection of its own. */
export async function ask<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // the statement that was under way says so
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Removes every row of a schema but those that say its version. */
export async function emptySchema(pool: pg.Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ tables: string }>(
    `select string_agg(format('delete from %I.%I', schemaname, tablename), ';') as tables
     from pg_tables where schemaname = $1 and tablename <> 'migrations'`,
    [schema],
  );
  await pool.query(rows[0]?.tables ?? "");
}

async function newDatabase(server: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await ask(server, `create database "${name}"`);
  await ask(server, `alter database "${name}" set synchronous_commit = off`); // no test cuts its power
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    stop: async () => void (await ask(server, `drop database "${name}" with (force)`)),
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
