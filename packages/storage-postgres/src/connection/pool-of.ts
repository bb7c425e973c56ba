import { AbstractRuntimeError } from "@abstractruntime/core/store";
import pg from "pg";
import type { PostgresStoreOptions } from "../postgres-store-options.ts";

/** So long a pool that the store makes waits for a connection to the server, or for a free one of its own. */
const CONNECT_MS = 10_000;

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
    ...(connectionString !== undefined && { connectionString }),
    ...(ssl !== undefined && { ssl }),
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  return { pool: made, isOwn: true };
}
