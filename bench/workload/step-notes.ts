import type pg from "pg";
import type { Turn } from "../contender/contender.ts";

/** When each step of a run was called, and where the server's log was at the first and at the last. */
export class StepNotes {
  readonly #pool: pg.Pool;
  readonly #steps: number;
  readonly #calls: number[] = [];
  #from = "";
  #to = "";

  constructor(pool: pg.Pool, steps: number) {
    this.#pool = pool;
    this.#steps = steps;
  }

  /** Called by each step. */
  async note(): Promise<void> {
    if (this.#calls.length === 0) this.#from = await this.#position();
    this.#calls.push(performance.now());
    if (this.#calls.length === this.#steps) this.#to = await this.#position();
  }

  /** The run as a turn: a sample is the time from one step's call to the next. */
  turn(recordBytes: number): Turn {
    if (this.#calls.length !== this.#steps)
      throw new Error(`${this.#steps} steps made ${this.#calls.length} calls`);
    const samples = this.#calls.slice(1).map((call, index) => call - (this.#calls[index] ?? NaN));
    const seconds = samples.reduce((sum, sample) => sum + sample, 0) / 1_000;
    return { seconds, runs: 1, samples, recordBytes, log: { from: this.#from, to: this.#to } };
  }

  async #position(): Promise<string> {
    const { rows } = await this.#pool.query<{ lsn: string }>(
      "select pg_current_wal_flush_lsn()::text as lsn",
    );
    return rows[0]?.lsn ?? "";
  }
}
