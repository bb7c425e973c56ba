import type { Clock, DueRun, Logger, Runtime } from "@abstractruntime/core";

export interface JobDriverOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
  /** So many jobs at the same time. */
  readonly concurrency: number;
}

/** At least so often the store is asked for due jobs, in milliseconds: timers, retries, and what other processes left. */
const LOOK_MS = 1_000;

/** A job whose drive failed is left alone for a while, in milliseconds. */
const DEFER_MS = 5_000;

/** Drives the jobs of one store: new ones, and after a start those that a process before left. */
export class JobDriver {
  readonly #options: JobDriverOptions;
  readonly #active = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(options: JobDriverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something to do. */
  wake(): void {
    this.#wake.abort();
  }

  /** Begin nothing more; what is under way may end. @returns when it has */
  async drain(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    await Promise.all(this.#active);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController();
      const nextInMs = await this.#claim();
      if (nextInMs > 0) await this.#sleep(nextInMs);
    }
  }

  /** @returns in how many milliseconds to claim again */
  async #claim(): Promise<number> {
    const { runtime, concurrency, logger } = this.#options;
    const free = concurrency - this.#active.size;
    if (free <= 0) return LOOK_MS; // whoever ends wakes the loop
    try {
      const { runs, nextInMs } = await runtime.claimDue({ limit: free });
      for (const due of runs) this.#track(this.#drive(due));
      return Math.min(nextInMs ?? LOOK_MS, LOOK_MS);
    } catch (error) {
      logger.warn("tool_worker.not_claimed", { error: String(error) });
      return LOOK_MS;
    }
  }

  async #drive(due: DueRun): Promise<void> {
    const { logger } = this.#options;
    try {
      await due.drive({ drain: this.#stopping.signal });
    } catch (error) {
      logger.warn("tool_worker.not_driven", { runId: due.runId, error: String(error) });
      await due.defer(DEFER_MS).catch(() => {});
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.#active.delete(tracked);
      this.wake();
    });
    this.#active.add(tracked);
  }

  async #sleep(ms: number): Promise<void> {
    const signal = this.#wake.signal;
    await this.#options.clock.sleep(ms, { signal }).catch(() => {});
  }
}
