import type { Clock } from "@abstractruntime/core/store";

/** What happened, one line each, with the virtual time. Two simulations of one seed have equal traces. */
export class Trace {
  readonly lines: string[] = [];
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** Virtual milliseconds since the beginning. */
  get elapsed(): number {
    return this.#clock.now() - this.#startedAt;
  }

  add(who: string, what: string): void {
    this.lines.push(`+${this.elapsed} ms  ${who}  ${what}`);
  }
}
