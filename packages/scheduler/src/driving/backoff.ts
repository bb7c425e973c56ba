/** Delays in milliseconds: doubled with each failure in a row. */
const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** So many runs that failed last are remembered; of others the count begins anew. */
const REMEMBERED = 10_000;

/** How long to leave a run alone, the longer the more often in a row it could not be driven. */
export class Backoff {
  readonly #failures = new Map<string, number>();

  /** Note a failure. @returns how long to leave the run alone (milliseconds) */
  failed(runId: string): number {
    const failures = this.#failures.get(runId) ?? 0;
    this.#failures.delete(runId);
    this.#failures.set(runId, failures + 1);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > REMEMBERED && oldest !== undefined) this.#failures.delete(oldest);
    return Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  }

  succeeded(runId: string): void {
    this.#failures.delete(runId);
  }
}
