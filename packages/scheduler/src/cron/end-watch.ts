import {
  type Clock,
  type DurableStore,
  isAbstractRuntimeError,
  isEnded,
} from "@abstractruntime/core";

/** How often a run's end is looked for (milliseconds). */
const EVERY_MS = 1_000;

/**
 * Looks for the ends of runs in the background of this process, and tells of each. It keeps no process alive, and dies with
 * it: it is about speed, and whoever waits for an end looks for it now and then.
 */
export class EndWatch {
  readonly #store: DurableStore;
  readonly #clock: Clock;
  readonly #watched = new Set<string>();

  constructor(store: DurableStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @param tell called once the run has ended; again, if it rejects */
  watch(runId: string, tell: () => Promise<unknown>): void {
    if (this.#watched.has(runId)) return;
    this.#watched.add(runId);
    this.#lookLater(runId, tell);
  }

  #lookLater(runId: string, tell: () => Promise<unknown>): void {
    this.#clock.schedule(EVERY_MS, () => void this.#look(runId, tell));
  }

  async #look(runId: string, tell: () => Promise<unknown>): Promise<void> {
    try {
      const stored = await this.#store.load(runId);
      if (stored !== undefined && !isEnded(stored.run)) return this.#lookLater(runId, tell);
      await tell();
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_closed")) return this.#lookLater(runId, tell);
    }
    this.#watched.delete(runId);
  }
}
