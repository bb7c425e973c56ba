import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { Logger } from "../ports/logger.ts";

/** A lease that this process holds, and who wants to hear of it. */
export interface HeldLease {
  readonly runId: string;
  readonly leaseId: string;
  /** The inbox has messages up to this position. */
  readonly onInbox: (inboxSeq: number) => void;
  /** The lease is another's, or could not be renewed for two thirds of its length. */
  readonly onLost: () => void;
}

interface Held extends HeldLease {
  /** When the lease was last taken or prolonged, by this process's clock, before the call. */
  since: number;
  /** Whether a renewal is under way. A store may never answer it. */
  isAsking: boolean;
}

/** Renews the leases of one process at a third of their length, all in one call; one timer while any is held. */
export class LeaseKeeper {
  readonly #store: DurableStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaseMs: number;
  readonly #held = new Map<string, Held>();
  #cancelTimer: (() => void) | null = null;

  constructor(deps: { store: DurableStore; clock: Clock; logger: Logger; leaseMs: number }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#leaseMs = deps.leaseMs;
  }

  /** Keep a lease that was taken by a call which was made at `since`: its answer may have come late. */
  hold(lease: HeldLease, since: number = this.#clock.now()): void {
    this.#held.set(lease.leaseId, { ...lease, since, isAsking: false });
    this.#cancelTimer ??= this.#clock.schedule(this.#leaseMs / 3, () => this.#onTimer());
  }

  /** A write at `since` prolonged it. */
  prolonged(leaseId: string, since: number): void {
    const held = this.#held.get(leaseId);
    if (held !== undefined) held.since = since;
  }

  release(leaseId: string): void {
    this.#held.delete(leaseId);
  }

  /** Whether so much of the lease has passed that its holder must ask before it acts. */
  isStale(leaseId: string): boolean {
    const held = this.#held.get(leaseId);
    return held === undefined || this.#clock.now() - held.since > (this.#leaseMs * 2) / 3;
  }

  /** Ask the store for a lease now. @returns whether it is still held. */
  async renewNow(leaseId: string): Promise<boolean> {
    const held = this.#held.get(leaseId);
    if (held === undefined) return false;
    await this.#renew([held]);
    return this.#held.has(leaseId);
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #onTimer(): void {
    this.#cancelTimer = null;
    if (this.#held.size === 0) return;
    this.#cancelTimer = this.#clock.schedule(this.#leaseMs / 3, () => this.#onTimer());
    const due: Held[] = [];
    for (const held of this.#held.values()) {
      const age = this.#clock.now() - held.since;
      if (held.isAsking && age >= (this.#leaseMs * 2) / 3) this.#lose(held);
      else if (!held.isAsking && age >= this.#leaseMs / 4) due.push(held);
    }
    void this.#renew(due);
  }

  /** Never throws: what can't be renewed is lost once two thirds of the lease have passed. */
  async #renew(due: readonly Held[]): Promise<void> {
    if (due.length === 0) return;
    const askedAt = this.#clock.now();
    for (const held of due) held.isAsking = true;
    try {
      const leases = due.map(({ runId, leaseId }) => ({ runId, leaseId }));
      const renewed = await this.#store.renew(leases, this.#leaseMs);
      for (const held of due) {
        const inboxSeq = renewed.get(held.runId);
        if (this.#held.get(held.leaseId) !== held) continue;
        if (inboxSeq === undefined) this.#lose(held);
        else {
          held.since = Math.max(held.since, askedAt);
          held.onInbox(inboxSeq);
        }
      }
    } catch (error) {
      this.#logger.warn("lease.renewal_failed", {
        code: isAbstractRuntimeError(error) ? error.code : String(error),
      });
      const now = this.#clock.now();
      for (const held of due) if (now - held.since > (this.#leaseMs * 2) / 3) this.#lose(held);
    } finally {
      for (const held of due) held.isAsking = false;
    }
  }

  #lose(held: Held): void {
    if (this.#held.get(held.leaseId) !== held) return;
    this.#held.delete(held.leaseId);
    held.onLost();
  }
}
