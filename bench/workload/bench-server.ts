import { randomUUID } from "node:crypto";
import pg from "pg";
import { startPostgres } from "../../packages/storage-postgres/test/embedded-postgres.ts";
import { serverCounters, type ServerCounters } from "../measure/server-counters.ts";

/** A database that goes away when it is disposed of. */
interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  readonly counters: ServerCounters;
}

/** The PostgreSQL that everybody is measured on. */
export interface BenchServer extends AsyncDisposable {
  /** Its version and the settings that durability hangs on. */
  readonly description: string;
  newDatabase(): Promise<BenchDatabase>;
}

/** The server of `DATABASE_URL`, else the one at 127.0.0.1:5432, else one of our own, with its files flushed like theirs. */
export async function openServer(): Promise<BenchServer> {
  await using undo = new AsyncDisposableStack();
  const url = await findOrStart(undo);
  const client = await connected(url);
  undo.defer(() => client.end());
  const watcher = await newDatabase(client, url);
  undo.defer(watcher.drop);
  // Statistics of the log are read from a database of their own, so that no contender's has them.
  const inspector = await connected(watcher.url);
  undo.defer(() => inspector.end());
  await inspector.query("create extension pg_walinspect");
  // A turn may write more log than the server keeps by itself.
  const slot = `bench_${randomUUID().replaceAll("-", "")}`;
  await inspector.query("select pg_create_physical_replication_slot($1, true, true)", [slot]);
  const description = await describe(client);
  const stack = undo.move();
  return {
    description,
    async newDatabase() {
      const { name, url: own, drop } = await newDatabase(client, url);
      return {
        url: own,
        counters: serverCounters(inspector, name, slot),
        [Symbol.asyncDispose]: drop,
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function findOrStart(stack: AsyncDisposableStack): Promise<string> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return given;
  const usual = "postgres://postgres@127.0.0.1:5432/postgres";
  if (await answers(usual)) return usual;
  const own = await startPostgres({ settings: ["fsync=on"] });
  stack.defer(() => own.stop());
  return own.url;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await connected(url)).end();
    return true;
  } catch {
    return false;
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function newDatabase(
  client: pg.Client,
  server: string,
): Promise<{ readonly name: string; readonly url: string; drop(): Promise<void> }> {
  const name = `bench_${randomUUID().replaceAll("-", "")}`;
  await client.query(`create database "${name}"`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = async (): Promise<void> =>
    void (await client.query(`drop database "${name}" with (force)`));
  return { name, url: url.href, drop };
}

async function describe(client: pg.Client): Promise<string> {
  const names = ["server_version", "fsync", "synchronous_commit", "full_page_writes"];
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name = any($1) order by array_position($1, name)",
    [names],
  );
  return rows.map(({ name, setting }) => `${name} ${setting}`).join(", ");
}
