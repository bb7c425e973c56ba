/** Who may write a run now: one at a time, in the order in which they asked. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Whether somebody has or waits for this run's turn. */
  isTaken(runId: string): boolean {
    return this.#last.has(runId);
  }

  /** Wait for a run's turn. @returns what ends it. */
  async take(runId: string): Promise<() => void> {
    const before = this.#last.get(runId);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(runId, promise);
    if (before !== undefined) await before;
    return () => {
      if (this.#last.get(runId) === promise) this.#last.delete(runId);
      resolve();
    };
  }

  /** Take the turns of several runs in order of run id, so that two who want the same ones never wait for each other. */
  async takeAll(runIds: Iterable<string>): Promise<() => void> {
    const releases: (() => void)[] = [];
    for (const runId of [...new Set(runIds)].toSorted()) releases.push(await this.take(runId));
    return () => {
      for (const release of releases) release();
    };
  }

  /** Do something in a run's turn. */
  async in<Result>(runId: string, work: () => Promise<Result>): Promise<Result> {
    const release = await this.take(runId);
    try {
      return await work();
    } finally {
      release();
    }
  }
}
