import type { Pool, QueryConfig, QueryResult, QueryResultRow } from "pg";
import { inSchema } from "../schema/schema-name.ts";
import { asStoreError, isRace } from "./pg-error.ts";

/** How often a statement that lost a race is sent again. */
const MAX_RACES = 10;

let made = 0;

export interface DatabaseOptions {
  /** For tests: what counts as the database's time; null: its own. */
  readonly clock: (() => number) | null;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

/** Statements against one schema. Each is prepared once per connection. */
export class Database {
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #clock: (() => number) | null;
  readonly #timeoutMs: number;
  readonly #texts = new Map<string, string>();
  /** Names of statements belong to a connection, and connections to a pool that may serve several stores. */
  readonly #prefix: string;

  constructor(pool: Pool, schema: string, { clock, timeoutMs }: DatabaseOptions) {
    this.#pool = pool;
    this.#schema = schema;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    made += 1;
    this.#prefix = `ar${made}`;
  }

  /** What `coalesce($n, {s}.clock_ms())` gets: null, except in tests. */
  get now(): number | null {
    return this.#clock === null ? null : this.#clock();
  }

  /**
   * Send a statement. One that lost a race is sent again.
   *
   * @param name of the statement; the same name always has the same text
   * @throws store_unavailable, invalid_argument
   */
  async query<Row extends QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    const prepared = `${this.#prefix}_${name}`;
    for (let races = 0; ; races += 1) {
      try {
        return await this.#send<Row>({ name: prepared, text: this.#textOf(name, text) }, values);
      } catch (error) {
        if (!isRace(error) || races >= MAX_RACES) throw asStoreError(error);
      }
    }
  }

  /** The same for a text that depends on what is asked for, and so is not prepared. */
  async ask<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    try {
      return await this.#send<Row>({ text: inSchema(text, this.#schema) }, values);
    } catch (error) {
      throw asStoreError(error);
    }
  }

  #send<Row extends QueryResultRow>(
    statement: QueryConfig,
    values: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    // The driver's types do not know that a query has a timeout of its own.
    const timed = { ...statement, values: [...values], query_timeout: this.#timeoutMs };
    return this.#pool.query<Row>(timed);
  }

  #textOf(name: string, text: string): string {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    const fresh = inSchema(text, this.#schema);
    this.#texts.set(name, fresh);
    return fresh;
  }
}
