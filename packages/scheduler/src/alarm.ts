import type { Clock } from "@abstractruntime/core";

/** Wakes one sleeper when its time has come or somebody rings, also when that was before it lay down. */
export class Alarm {
  readonly #clock: Clock;
  #wake: (() => void) | null = null;
  #isRinging = false;
  #at = Infinity;
  #cancel: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#isRinging = true;
    this.#wake?.();
  }

  /** Wake the sleeper, or the next one, in `ms` milliseconds at the latest. */
  ringIn(ms: number): void {
    const at = this.#clock.now() + ms;
    if (at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    this.#cancel = this.#clock.schedule(ms, () => this.ring());
  }

  /** Sleep until somebody rings, or did since the last sleep. */
  async sleep(): Promise<void> {
    if (!this.#isRinging) {
      const rung = Promise.withResolvers<void>();
      this.#wake = rung.resolve;
      await rung.promise;
    }
    this.#wake = null;
    this.#isRinging = false;
    this.#cancel();
    this.#at = Infinity;
  }
}
