/** Sets so many timers for an instant. Each calls `fired` as soon as its work begins, or with when that was. */
type SetTimers = (dueAt: number, fired: (at?: number) => void) => Promise<void>;

/** Time left between the last timer's setting and their instant, so that the setting is over and done with. */
const SPARE_MS = 300;

/** Measures how late timers are that are due at the same instant. */
export class DueAtOnce {
  #leadMs: number;

  /** @param leadMs from the first setting to the instant; doubled until all are set in time */
  constructor(leadMs: number) {
    this.#leadMs = leadMs;
  }

  /** Milliseconds from the instant to the begin of each timer's work. */
  async lateness(timers: number, set: SetTimers): Promise<readonly number[]> {
    for (;;) {
      const dueAt = Date.now() + this.#leadMs;
      const late: number[] = [];
      const all = Promise.withResolvers<void>();
      await set(dueAt, (at = Date.now()) => {
        late.push(at - dueAt);
        if (late.length === timers) all.resolve();
      });
      const spareMs = dueAt - Date.now();
      await all.promise;
      if (spareMs >= SPARE_MS) return late;
      this.#leadMs *= 2;
    }
  }
}
