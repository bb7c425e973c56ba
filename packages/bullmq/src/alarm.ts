import type { Clock } from "@abstractruntime/core";

/** Wakes one sleeper when its time has come or somebody rings, also when that was just before it lay down. */
export class Alarm {
  readonly #clock: Clock;
  #isRinging = false;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#isRinging = true;
    this.#wake?.();
  }

  /** Sleep for `ms` milliseconds, or until somebody rings. */
  async sleep(ms: number): Promise<void> {
    if (!this.#isRinging) {
      const rung = Promise.withResolvers<void>();
      const cancel = this.#clock.schedule(ms, rung.resolve);
      this.#wake = rung.resolve;
      await rung.promise;
      this.#wake = null;
      cancel();
    }
    this.#isRinging = false;
  }
}
