import type { RunState } from "../run/run-state.ts";

/** States at rest of the runs that were used last, each at one revision. */
export class RunCache {
  readonly #runs = new Map<string, RunState>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(runId: string, revision: number): RunState | undefined {
    const run = this.#runs.get(runId);
    return run?.revision === revision ? run : undefined;
  }

  set(run: RunState): void {
    this.#runs.delete(run.runId);
    this.#runs.set(run.runId, run);
    for (const oldest of this.#runs.keys()) {
      if (this.#runs.size <= this.#size) break;
      this.#runs.delete(oldest);
    }
  }

  delete(runId: string): void {
    this.#runs.delete(runId);
  }
}
