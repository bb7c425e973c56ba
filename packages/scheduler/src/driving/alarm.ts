import type { Clock } from "@abstractruntime/core";

/**
 * Wakes one sleeper when its time has come or somebody rings, also when that was before it lay down. The sleeper keeps the
 * process alive.
 */
export class Alarm {
  readonly #clock: Clock;
  /** When to wake (milliseconds since 1970). */
  #at = Infinity;
  /** How long a sleep takes at the most, also when the clock was set back meanwhile (milliseconds). */
  #longest = Infinity;
  #sleeper: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wake the sleeper, or the next one, at once. */
  ring(): void {
    this.#at = -Infinity;
    this.#wake();
  }

  /** Wake the sleeper, or the next one, in `ms` milliseconds at the latest. */
  ringIn(ms: number): void {
    const at = this.#clock.now() + ms;
    if (at >= this.#at) return;
    this.#at = at;
    this.#longest = ms;
    this.#wake();
  }

  /** Sleep until somebody rings, or did since the last sleep. */
  async sleep(): Promise<void> {
    while (!(await this.#sleepsOut()));
    this.#at = Infinity;
    this.#longest = Infinity;
  }

  /** @returns whether the time has come; else another one was set */
  async #sleepsOut(): Promise<boolean> {
    const ms = Math.min(this.#at - this.#clock.now(), this.#longest);
    if (ms <= 0) return true;
    this.#sleeper = new AbortController();
    const { signal } = this.#sleeper;
    return this.#clock.sleep(ms, { signal }).then(
      () => true,
      () => false,
    );
  }

  /** It is rung all the time: an abort without a reason would make an error with its stack each time. */
  #wake(): void {
    this.#sleeper?.abort("rung");
    this.#sleeper = null;
  }
}
