import { VirtualClock } from "../../src/clock/virtual-clock.ts";

/** A clock that goes on by `stepMs` whenever somebody looks at it, so that no two writes have the same time. */
export class SteppingClock extends VirtualClock {
  readonly #stepMs: number;
  #steps = 0;

  constructor(stepMs = 1) {
    super();
    this.#stepMs = stepMs;
  }

  override now(): number {
    this.#steps += 1;
    return super.now() + this.#steps * this.#stepMs;
  }
}
