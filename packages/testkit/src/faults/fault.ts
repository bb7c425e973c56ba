import type { DurableStore } from "@abstractruntime/core/store";
import { seededRandom } from "../ids/sequential-ids.ts";

/** A method of the store that can fail; closing can't. */
export type StoreMethod = Exclude<
  keyof DurableStore,
  "capabilities" | "onDue" | "close" | typeof Symbol.asyncDispose
>;

/**
 * What goes wrong with one call. `fail_before`: nothing was done. `fail_after`: it was done, and the answer is lost.
 * `crash_before`, `crash_after`: the same, and the caller's process dies there: neither this call nor a later one is
 * ever answered. `delay`: it is done `ms` milliseconds later, by the clock.
 */
export type Fault =
  | { readonly kind: "fail_before" | "fail_after" | "crash_before" | "crash_after" }
  | { readonly kind: "delay"; readonly ms: number };

/** One call of a store. `count` numbers the calls of this method, from 1. */
export interface StoreCall {
  readonly method: StoreMethod;
  readonly count: number;
}

/** Decides, call by call, what goes wrong; nothing when it returns `undefined`. */
export type FaultPlan = (call: StoreCall) => Fault | undefined;

export interface SeededFaultOptions {
  /** The same seed gives the same faults to the same calls. */
  readonly seed: number;
  /** Share of calls that fail, 0 to 1. */
  readonly rate: number;
  /** Methods that may fail; all by default. */
  readonly methods?: readonly StoreMethod[];
  /** What may go wrong, each as likely as the others; failing before and after by default. */
  readonly faults?: readonly Fault[];
}

/** Faults by chance that repeats. */
export function seededFaults(options: SeededFaultOptions): FaultPlan {
  const { seed, rate, methods } = options;
  const faults = options.faults ?? [{ kind: "fail_before" }, { kind: "fail_after" }];
  const random = seededRandom(seed);
  return ({ method }) => {
    if (methods !== undefined && !methods.includes(method)) return undefined;
    const [hit, choice] = [random(), random()];
    return hit < rate ? faults[Math.floor(choice * faults.length)] : undefined;
  };
}
