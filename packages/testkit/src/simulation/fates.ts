import type { CrashPoint, SimulationOptions } from "./simulation-options.ts";

/** What becomes of one store call. Delays are in virtual milliseconds. */
export type Fate =
  | { readonly kind: "served" | "late" | "failed" | "lost" | "crash_before" | "crash_after" }
  | { readonly kind: "delayed_call" | "delayed_answer" | "cut_off"; readonly ms: number };

/** Mean number of store calls from one random crash to the next. */
const CALLS_PER_CRASH = 20;

/** Draws what becomes of each store call, by seed. */
export class Fates {
  readonly #random: () => number;
  readonly #options: SimulationOptions;
  readonly #leaseMs: number;
  readonly #points: ReadonlyMap<number, CrashPoint["when"]> | null;
  #crashesLeft: number;
  #nextCrashAt: number;

  constructor(options: SimulationOptions, leaseMs: number, random: () => number) {
    const { crashes = 0 } = options;
    this.#options = options;
    this.#leaseMs = leaseMs;
    this.#random = random;
    this.#points =
      typeof crashes === "number" ? null : new Map(crashes.map(({ call, when }) => [call, when]));
    this.#crashesLeft = typeof crashes === "number" ? crashes : 0;
    this.#nextCrashAt = this.#crashAfter(0);
  }

  /** @param call the number of the call, from 1 */
  next(call: number): Fate {
    const point = this.#points?.get(call);
    if (point !== undefined) return { kind: `crash_${point}` };
    if (this.#crashesLeft > 0 && call >= this.#nextCrashAt) {
      this.#crashesLeft -= 1;
      this.#nextCrashAt = this.#crashAfter(call);
      return { kind: this.#random() < 0.5 ? "crash_before" : "crash_after" };
    }
    return this.#fault();
  }

  #fault(): Fate {
    const { failed = 0, lost = 0, delayed = 0, cutOff = 0 } = this.#options.faults ?? {};
    const maxDelayMs = this.#options.faults?.maxDelayMs ?? 2 * this.#leaseMs;
    const drawn = this.#random();
    if (drawn < failed) return { kind: "failed" };
    if (drawn < failed + lost) return { kind: "lost" };
    if (drawn < failed + lost + delayed) {
      const kind = this.#random() < 0.5 ? "delayed_call" : "delayed_answer";
      return { kind, ms: this.#upTo(maxDelayMs) };
    }
    if (drawn < failed + lost + delayed + cutOff)
      return { kind: "cut_off", ms: this.#upTo(3 * this.#leaseMs) };
    return { kind: this.#random() < 0.25 ? "late" : "served" };
  }

  #crashAfter(call: number): number {
    return call + 1 + this.#upTo(2 * CALLS_PER_CRASH);
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * most);
  }
}
