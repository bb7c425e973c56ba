import pg from "pg";

/** A session of somebody else, who holds rows for as long as a test wants. */
export class Session implements AsyncDisposable {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<Session> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Session(client);
  }

  async run(text: string, values: readonly unknown[] = []): Promise<void> {
    await this.#client.query(text, [...values]);
  }

  /** Begin a transaction that holds these rows of runs. */
  async hold(schema: string, ...runIds: string[]): Promise<void> {
    await this.run("begin");
    await this.run(
      `select 1 from ${schema}.runs where run_id = any($1) order by run_id for update`,
      [runIds],
    );
  }

  /** Until so many sessions of this database wait for a lock. */
  async untilWaiting(count: number): Promise<void> {
    const waiting = `select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    for (;;) {
      const { rowCount } = await this.#client.query(waiting);
      if ((rowCount ?? 0) >= count) return;
      await this.run("select pg_stat_clear_snapshot(), pg_sleep(0.002)");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}
