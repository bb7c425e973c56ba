import type { Abortable } from "./abortable.ts";

/** Time, as the runtime sees it. Injected, so that a test can hold it still. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, options?: Abortable): Promise<void>;
  /** Calls `run` once after `ms` milliseconds, without keeping the process alive. Returns what cancels it. */
  schedule(ms: number, run: () => void): () => void;
}
