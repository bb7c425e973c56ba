import { parseInstant, type Abortable, type Clock } from "@abstractruntime/core/store";

interface Timer {
  readonly at: number;
  /** Timers of one instant fire in the order in which they were set. */
  readonly order: number;
  readonly fire: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers fire in order of their time, then of their setting, and what
 * a timer sets in motion runs to its next wait before the following timer fires. The same test gives the same order.
 */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;
  #order = 0;

  /** @param options `startAt`: an instant (ISO 8601); 2026-01-01T00:00:00Z by default. */
  constructor(options: { readonly startAt?: string } = {}) {
    this.#now = parseInstant(options.startAt ?? "2026-01-01T00:00:00Z");
  }

  now(): number {
    return this.#now;
  }

  /** How many timers and sleepers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** When the next timer fires (milliseconds since 1970), or `undefined` when none is set. */
  nextTimerAt(): number | undefined {
    return this.#next()?.at;
  }

  sleep(ms: number, { signal }: Abortable = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.schedule(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  schedule(ms: number, run: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order, fire: run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Move on by `ms` milliseconds, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /** Move on to an instant (ISO 8601, or milliseconds since 1970), firing what falls due on the way. Never goes back. */
  async advanceTo(instant: string | number): Promise<void> {
    const end = typeof instant === "string" ? parseInstant(instant) : instant;
    await settle();
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next())
      await this.#fire(timer);
    this.#now = Math.max(this.#now, end);
  }

  /** Fire the next timer, moving on to its time. @returns whether there was one. */
  async runNext(): Promise<boolean> {
    await settle();
    const timer = this.#next();
    if (timer !== undefined) await this.#fire(timer);
    return timer !== undefined;
  }

  /**
   * Fire timer after timer until none is set.
   *
   * @param options `maxTimers` guards against timers that set each other for ever; 100,000 by default.
   * @throws RangeError after `maxTimers`.
   */
  async runUntilIdle(options: { readonly maxTimers?: number } = {}): Promise<void> {
    const { maxTimers = 100_000 } = options;
    for (let fired = 0; await this.runNext(); fired += 1)
      if (fired >= maxTimers) throw new RangeError(`not idle after ${maxTimers} timers`);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || isBefore(timer, next)) next = timer;
    return next;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fire();
    await settle();
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}

/** Let everything run that waits for no timer and no I/O: promise jobs are done before the next turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
