import type { JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";

/** What this process hears of runs that it drives itself. */
export type RunEvent =
  | {
      readonly type: "committed";
      readonly runId: string;
      readonly records: readonly LedgerRecord[];
    }
  | {
      readonly type: "progress";
      readonly runId: string;
      readonly stepId: string;
      readonly data: JsonValue;
    };

type Listener = (event: RunEvent) => void;

/** Tells listeners in this process what its drivers commit. Nothing durable: whoever misses it reads the store. */
export class RunEvents {
  readonly #listeners = new Map<string, Set<Listener>>();

  emit(event: RunEvent): void {
    const listeners = this.#listeners.get(event.runId);
    if (listeners === undefined) return;
    for (const listener of listeners) listener(event);
  }

  /** Hear of one run. Returns what ends it. */
  listen(runId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(runId) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(runId, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(runId);
    };
  }
}
