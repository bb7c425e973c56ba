import { Interruption, type InterruptionCause } from "../effect/interruption.ts";
import type { Clock } from "../ports/clock.ts";

/**
 * One call of an effect handler, from the outside: what stops it, and who hears of it.
 *
 * The signal is made only when somebody asks for it: most effects never do, and it costs more than they.
 */
export class Attempt {
  readonly #clock: Clock;
  readonly #timeoutMs: number | null;
  readonly #stopped: Promise<Interruption>;
  #stop: (reason: Interruption) => void = () => {};
  #controller: AbortController | null = null;
  #interruption: Interruption | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, timeoutMs: number | null) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.heartbeat();
  }

  /** Why the attempt was stopped; null while it is not. */
  get interruption(): Interruption | null {
    return this.#interruption;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#interruption !== null) this.#controller.abort(this.#interruption);
    return this.#controller.signal;
  }

  /** The timeout counts from now. */
  heartbeat(): void {
    if (this.#timeoutMs === null || this.#interruption !== null) return;
    const timeoutMs = this.#timeoutMs;
    this.#cancelTimer?.();
    const timer = new AbortController();
    this.#cancelTimer = () => timer.abort();
    // Slept and not scheduled: a handler that hangs on nothing must not let the process end before its timeout.
    this.#clock.sleep(timeoutMs, { signal: timer.signal }).then(
      () => this.interrupt("timeout", `the attempt took longer than ${timeoutMs} ms`),
      () => {},
    );
  }

  /** Stop it: its signal is aborted and nobody waits for it any more. The first reason counts. */
  interrupt(cause: InterruptionCause, message: string, reason?: unknown): void {
    if (this.#interruption !== null) return;
    this.#interruption = new Interruption(
      cause,
      message,
      reason === undefined ? undefined : { cause: reason },
    );
    this.#controller?.abort(this.#interruption);
    this.#stop(this.#interruption);
  }

  /** The value of `work`, or the interruption if that came first. `work`'s own error is thrown. */
  async race<T>(work: Promise<T>): Promise<T | Interruption> {
    return Promise.race([work, this.#stopped]);
  }

  /** Nothing more can happen to it. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
