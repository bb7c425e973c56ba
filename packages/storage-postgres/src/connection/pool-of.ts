import { AbstractRuntimeError } from "@abstractruntime/core/store";
import pg from "pg";
import type { PostgresStoreOptions } from "../postgres-store-options.ts";

/** So long a pool that the store makes waits for a connection to the server, or for a free one of its own. */
const CONNECT_MS = 10_000;

/** What a connection string says of TLS. The driver lets it win over `ssl`: `sslmode=require` alone would drop the CA there. */
const TLS_PARAMETER = /(?<=[?&])ssl(?:mode|rootcert|cert|key)?=[^&]*&?/g;

/** An idle connection that the server closed is replaced by the next one. Without a listener it would end the process. */
export function ignore(): void {}

/** The pool to use, and whether the store made it. @throws invalid_argument */
export function poolOf(options: PostgresStoreOptions): { pool: pg.Pool; isOwn: boolean } {
  const { pool, connectionString, ssl, maxConnections = 10 } = options;
  if ((pool === undefined) === (connectionString === undefined))
    throw new AbstractRuntimeError(
      "invalid_argument",
      "PostgresStore.open: give either a pool or a connectionString",
    );
  if (pool !== undefined) return { pool, isOwn: false };
  const made = new pg.Pool({
    ...(ssl === undefined
      ? { connectionString }
      : { connectionString: connectionString?.replaceAll(TLS_PARAMETER, ""), ssl }),
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  return { pool: made, isOwn: true };
}
