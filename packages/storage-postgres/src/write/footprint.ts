/** Ids of runs that a write touches. */
export interface Touched {
  /** Those whose rows it makes or changes itself. */
  readonly writes: readonly string[];
  /** Those into whose inboxes it puts messages, which may be done for several writes in one go. */
  readonly sends: readonly string[];
}

/** What a number of writes touch, to tell whether another may go along with them. */
export class Footprint {
  readonly #writes = new Set<string>();
  readonly #sends = new Set<string>();

  add({ writes, sends }: Touched): void {
    for (const runId of writes) this.#writes.add(runId);
    for (const runId of sends) this.#sends.add(runId);
  }

  /** Whether two writers of one run would meet. */
  conflicts({ writes, sends }: Touched): boolean {
    return (
      writes.some((runId) => this.#writes.has(runId) || this.#sends.has(runId)) ||
      sends.some((runId) => this.#writes.has(runId))
    );
  }
}
