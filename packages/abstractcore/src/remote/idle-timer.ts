import type { Clock } from "@abstractruntime/core";

/** Calls `onIdle` when nothing was heard for a time. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onIdle: () => void;
  #timer: AbortController | null = null;

  constructor(clock: Clock, timeoutMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
    this.restart();
  }

  restart(): void {
    this.stop();
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(this.#timeoutMs, { signal: timer.signal }).then(this.#onIdle, () => {});
  }

  stop(): void {
    this.#timer?.abort();
  }
}
