import pg from "pg";

/** A pool that calls `before` ahead of each statement of a store, with the statement's name. */
export function observedPool(
  options: pg.PoolConfig,
  before: (statement: string) => void | Promise<void>,
): pg.Pool {
  const pool = new pg.Pool(options);
  pool.on("error", () => {}); // the database may be removed while connections are being closed
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>; // one of many overloads
  const observed = async (...args: readonly unknown[]): Promise<unknown> => {
    const [statement] = args as readonly [{ readonly name?: string } | string];
    const name = typeof statement === "string" ? undefined : statement.name;
    if (name !== undefined) await before(name);
    return query(...args);
  };
  return Object.assign(pool, { query: observed as pg.Pool["query"] });
}
