import pg from "pg";

/** What a server did for one database, and wrote for all of them. */
export interface Counters {
  /** Committed transactions of this database. */
  readonly transactions: number;
  /** Bytes of write-ahead log without page images, of the whole server. */
  readonly walBytes: number;
  /** Bytes of images of whole pages, of which a server writes one per page after each checkpoint. */
  readonly imageBytes: number;
}

interface Reading {
  readonly transactions: number;
  readonly lsn: string;
}

export interface ServerCounters {
  read(): Promise<Reading>;
  /**
   * @param before with how many of the transactions since are the measurement's own
   * @param log the part of the log that counts; all since `before` by default
   */
  since(
    before: Reading & { readonly own: number },
    log?: { readonly from: string; readonly to: string },
  ): Promise<Counters>;
}

/**
 * Counters of one database. They need a server that nobody else uses: the log is the whole server's. Page images are told
 * apart by the extension `pg_walinspect`.
 *
 * @param client a connection to another database of the server
 * @param slot a replication slot that keeps the log until it was read
 */
export function serverCounters(client: pg.Client, database: string, slot: string): ServerCounters {
  const read = async (): Promise<Reading> => {
    const { rows } = await client.query<Reading>(
      `select xact_commit::float8 as transactions, pg_current_wal_flush_lsn()::text as lsn
       from pg_stat_database where datname = $1`,
      [database],
    );
    return rows[0] ?? { transactions: NaN, lsn: "0/0" };
  };
  return {
    read,
    async since(before, log) {
      const after = await read();
      const { from, to } = log ?? { from: before.lsn, to: after.lsn };
      const transactions = after.transactions - before.transactions - before.own;
      const written = await logBetween(client, from, to);
      await client.query("select pg_replication_slot_advance($1, $2)", [slot, after.lsn]);
      return { transactions, ...written };
    },
  };
}

/** What was written to the log between two positions of it. */
async function logBetween(
  client: pg.Client,
  from: string,
  to: string,
): Promise<Pick<Counters, "walBytes" | "imageBytes">> {
  if (from === to) return { walBytes: 0, imageBytes: 0 };
  const { rows } = await client.query<{ all: number; images: number }>(
    `select ($2::pg_lsn - $1::pg_lsn)::float8 as all, (
       select coalesce(sum(fpi_size), 0) from pg_get_wal_stats($1::pg_lsn, $2::pg_lsn)
     )::float8 as images`,
    [from, to],
  );
  const { all = NaN, images = NaN } = rows[0] ?? {};
  return { walBytes: all - images, imageBytes: images };
}

/**
 * Make all idle connections of a pool report what they did: a server learns of it seconds later by itself.
 *
 * @returns how many transactions that took
 */
export async function flushStatistics(pool: pg.Pool): Promise<number> {
  const clients = await Promise.all(Array.from({ length: pool.idleCount }, () => pool.connect()));
  try {
    await Promise.all(clients.map((client) => client.query("select pg_stat_force_next_flush()")));
  } finally {
    for (const client of clients) client.release();
  }
  return clients.length;
}
