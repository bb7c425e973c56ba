import {
  type Clock,
  type Handover,
  type Logger,
  type Runtime,
  silentLogger,
  systemClock,
} from "@abstractruntime/core";
import type { FleetOptions } from "./fleet-options.ts";
import type { RunQueue } from "./run-queue.ts";

/** So many leases are prolonged with one call. */
const PAGE = 1_000;
/** So many runs are taken back at the same time. */
const AT_ONCE = 16;

/**
 * The leases of the runs that a dispatcher queued. They are prolonged as long as their jobs wait in the queue, however long
 * that is. A job that is not there any more is a worker's, or Redis lost it: then its lease runs out.
 */
export class QueuedLeases {
  readonly #runtime: Runtime;
  readonly #queue: RunQueue;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By lease id, which is the job's id. */
  readonly #queued = new Map<string, Handover>();
  #isOver = false;
  #cancelTimer = (): void => {};
  #look: Promise<void> = Promise.resolve();

  constructor(options: FleetOptions, queue: RunQueue) {
    const { runtime, clock = systemClock, logger = silentLogger } = options;
    this.#runtime = runtime;
    this.#queue = queue;
    this.#clock = clock;
    this.#logger = logger;
  }

  add(handovers: Iterable<Handover>): void {
    for (const handover of handovers) this.#queued.set(handover.leaseId, handover);
  }

  /** Look after the leases from now on. */
  start(): void {
    if (this.#isOver) return;
    this.#cancelTimer = this.#clock.schedule(this.#runtime.leaseMs / 3, () => {
      this.#look = this.#prolong().finally(() => this.start());
    });
  }

  /** Take everything out of the queue that no worker has taken yet, and let it go. @returns how many runs */
  async takeBack(): Promise<number> {
    this.#isOver = true;
    this.#cancelTimer();
    await this.#look;
    let taken = 0;
    const left = this.#queued.values();
    const takeRest = async (): Promise<void> => {
      for (const handover of left) if (await this.#takeOne(handover)) taken += 1;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, takeRest));
    this.#queued.clear();
    return taken;
  }

  /** Never throws: what can't be let go runs out. */
  async #takeOne(handover: Handover): Promise<boolean> {
    try {
      // While Redis is away, nobody can say; a worker that has begun has moved the run on, and then it is left alone.
      if (!(await this.#queue.remove(handover.leaseId).catch(() => true))) return false;
      const due = await this.#runtime.adopt(handover);
      await due?.release();
      return due !== undefined;
    } catch (error) {
      const { runId } = handover;
      this.#logger.warn("fleet.not_released", { runId, error: String(error) });
      return false;
    }
  }

  /** Never throws. */
  async #prolong(): Promise<void> {
    const known = [...this.#queued.values()];
    if (known.length === 0) return;
    try {
      const waiting = await this.#queue.waiting();
      for (const { leaseId } of known) if (!waiting.has(leaseId)) this.#queued.delete(leaseId);
      const held = known.filter(({ leaseId }) => waiting.has(leaseId));
      for (let from = 0; from < held.length; from += PAGE)
        await this.#renew(held.slice(from, from + PAGE));
    } catch (error) {
      this.#logger.warn("fleet.leases_not_prolonged", { error: String(error) });
    }
  }

  async #renew(handovers: readonly Handover[]): Promise<void> {
    const { store, leaseMs } = this.#runtime;
    const renewed = await store.renew(handovers, leaseMs);
    for (const { runId, leaseId } of handovers)
      if (!renewed.has(runId)) this.#queued.delete(leaseId);
  }
}
