import { Crew } from "./crew.ts";
import { Dispatcher } from "./dispatcher.ts";
import { assertFleetOptions, type FleetOptions } from "./fleet-options.ts";
import { newCounts, type FleetHealth, type FleetStats } from "./fleet-stats.ts";

export interface StopOptions {
  /** How long effects under way may take to end, in milliseconds; 10,000 by default. Then they are interrupted. */
  readonly drainMs?: number;
}

/**
 * The part of a fleet in this process: a dispatcher, which puts due runs into a BullMQ queue, and workers, which drive them.
 * Any number of processes make one fleet over one store and one queue.
 *
 * The store is the truth, and Redis only hands runs out: what it loses is handed out again when the lease has run out.
 *
 * @example
 * await using fleet = new BullFleet({ runtime, connection: "redis://127.0.0.1:6379" });
 * fleet.start();
 */
export class BullFleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #counts = newCounts();
  #dispatcher: Dispatcher | null = null;
  #crew: Crew | null = null;
  #stopping: Promise<void> | null = null;

  /** Does not connect yet. @throws invalid_argument */
  constructor(options: FleetOptions) {
    assertFleetOptions(options);
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#dispatcher !== null || this.#crew !== null;
  }

  /**
   * Begin to dispatch and to drive. Redis need not be there yet. Starting what runs changes nothing. It keeps the process
   * alive until it has stopped.
   */
  start(): void {
    if (this.isRunning) return;
    const { dispatch = true, concurrency = 50 } = this.#options;
    if (dispatch) this.#dispatcher = new Dispatcher(this.#options, this.#counts);
    if (concurrency > 0) this.#crew = new Crew(this.#options, this.#counts);
  }

  /**
   * Take no more; let effects under way end, and commit them; interrupt those that take longer. Every run that this process
   * had or had queued is let go then, due for others. Stopping twice is fine. It neither closes the runtime nor throws.
   */
  stop({ drainMs = 10_000 }: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(drainMs).finally(() => {
      this.#stopping = null;
    });
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get stats(): FleetStats {
    return { ...this.#counts, underWay: this.#crew?.underWay ?? 0 };
  }

  get health(): FleetHealth {
    const parts = [this.#dispatcher, this.#crew].filter((part) => part !== null);
    return {
      isRunning: this.isRunning,
      reachesRedis: parts.length > 0 && parts.every(({ reachesRedis }) => reachesRedis),
      lastDispatchAt: this.#dispatcher?.lastDispatchAt ?? null,
      error: this.#dispatcher?.error ?? null,
    };
  }

  async #stop(drainMs: number): Promise<void> {
    await Promise.all([this.#crew?.stop(drainMs), this.#dispatcher?.stop()]);
    this.#crew = null;
    this.#dispatcher = null;
  }
}
