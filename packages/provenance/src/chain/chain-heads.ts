import type { StoredRun } from "@abstractruntime/core/store";

interface Head {
  at: number;
  hash: string | null;
}

/**
 * Where the chains of the runs that were used last end. Each is known at one place: a revision of a run, or the `seq` of a
 * ledger's last record. At any other place it is not known, so that what others write is noticed.
 */
export class ChainHeads {
  readonly #heads = new Map<string, Head>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  /** `undefined` when it is not known; null when the last record there has no hash. */
  get(runId: string, at: number): string | null | undefined {
    const head = this.#heads.get(runId);
    return head?.at === at ? head.hash : undefined;
  }

  set(runId: string, at: number, hash: string | null): void {
    const head = this.#heads.get(runId) ?? { at, hash };
    head.at = at;
    head.hash = hash;
    // Who was used last matters only once there is no more room.
    if (this.#heads.size >= this.#size) this.#heads.delete(runId);
    this.#heads.set(runId, head);
    for (const oldest of this.#heads.keys()) {
      if (this.#heads.size <= this.#size) break;
      this.#heads.delete(oldest);
    }
  }

  /** What a store says is what counts, whatever was known before. */
  see({ run, head }: StoredRun): void {
    this.set(run.runId, run.revision, head.ledgerHead);
  }

  /** The same of a run that was listed: many are, and few of them are used. */
  seeListed(stored: StoredRun): void {
    if (this.#heads.has(stored.run.runId)) this.see(stored);
  }

  delete(runId: string): void {
    this.#heads.delete(runId);
  }
}
