import type { RunSize } from "./commit-batch.ts";

/** A ledger tail shorter than this never asks for a checkpoint: reading it again costs less than writing one. */
const MIN_TAIL_BYTES = 64 * 1024;

/** So many times its own size may the ledger after a checkpoint grow: then checkpoints add a quarter to what is written. */
const TAIL_PER_CHECKPOINT = 4;

/** Sizes of so many runs are remembered. */
const MAX_REMEMBERED = 10_000;

/** How large checkpoints and what came after them are, of the runs that this process writes. */
export class RunSizes {
  readonly #sizes = new Map<string, RunSize>();

  note(runId: string, size: RunSize): void {
    this.#sizes.delete(runId);
    this.#sizes.set(runId, size);
    const [oldest] = this.#sizes.keys();
    if (this.#sizes.size > MAX_REMEMBERED && oldest !== undefined) this.#sizes.delete(oldest);
  }

  forget(runId: string): void {
    this.#sizes.delete(runId);
  }

  /** Whether the ledger far outweighs the last checkpoint once so many bytes more are in it. */
  isCheckpointDue(runId: string, bytes: number): boolean {
    const size = this.#sizes.get(runId);
    if (size === undefined) return false;
    return size.tailBytes + bytes > Math.max(MIN_TAIL_BYTES, TAIL_PER_CHECKPOINT * size.stateBytes);
  }
}
