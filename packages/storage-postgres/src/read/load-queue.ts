import type { StoredRun } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import type { RunSizes } from "../write/run-sizes.ts";
import { loadRows, storedRun } from "./load-runs.ts";

/** So many statements at the same time, and so many runs in one of them. */
const LANES = 2;
const MAX_BATCH = 100;

interface Asked {
  readonly runId: string;
  readonly resolve: (stored: StoredRun | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Lets loads of single runs travel together: while some are on their way, the next are gathered. */
export class LoadQueue {
  readonly #database: Database;
  readonly #sizes: RunSizes;
  #waiting: Asked[] = [];
  #underWay = 0;

  constructor(database: Database, sizes: RunSizes) {
    this.#database = database;
    this.#sizes = sizes;
  }

  /** The run as it is when asked, or later. @throws store_unavailable, store_corrupt */
  load(runId: string): Promise<StoredRun | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ runId, resolve, reject });
      queueMicrotask(() => this.#fill());
    });
  }

  #fill(): void {
    while (this.#underWay < LANES && this.#waiting.length > 0)
      void this.#send(this.#waiting.splice(0, MAX_BATCH));
  }

  /** Each gets an answer of its own: a run that can't be read fails those who asked for it. */
  async #send(batch: readonly Asked[]): Promise<void> {
    this.#underWay += 1;
    try {
      const runIds = [...new Set(batch.map(({ runId }) => runId))];
      const rows = new Map(
        (await loadRows(this.#database, runIds)).map((row) => [row.run_id, row]),
      );
      for (const { runId, resolve, reject } of batch) {
        const row = rows.get(runId);
        try {
          resolve(row && storedRun(row, this.#sizes));
        } catch (error) {
          reject(error);
        }
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay -= 1;
      this.#fill();
    }
  }
}
