import {
  createClient,
  Runtime,
  type Client,
  type DelegatedEffect,
  type EffectDefinition,
  type EffectPolicy,
  type Workflow,
} from "@abstractruntime/core";
import type { Abortable, Clock, DurableStore } from "@abstractruntime/core/store";
import { sequentialIds } from "../ids/sequential-ids.ts";
import { interceptedStore, type InterceptedCall } from "./intercepted-store.ts";

export interface ProcessSetup {
  readonly name: string;
  /** Whose place it takes, from 0. */
  readonly driver: number;
  /** Seeds its ids, so that no two processes make the same. */
  readonly seed: number;
  readonly store: DurableStore;
  readonly clock: Clock;
  /** How far its clock is ahead of the store's, in milliseconds. */
  readonly skewMs: number;
  readonly workflows: readonly Workflow[];
  readonly effects: readonly (EffectDefinition | DelegatedEffect)[];
  readonly leaseMs: number;
  readonly policy: EffectPolicy | undefined;
  /** Whether the outside asks a client of this process. */
  readonly hasClient: boolean;
  readonly onCall: (process: SimulatedProcess, call: InterceptedCall) => Promise<unknown>;
}

/** A process: a runtime with a view of the store and of time that end when it crashes. */
export class SimulatedProcess {
  readonly name: string;
  readonly driver: number;
  readonly runtime: Runtime;
  readonly client: Client | null;
  /** Runs that it is driving or has just driven. */
  readonly busyWith: Set<string> = new Set();
  /** Resolves when it crashes. */
  readonly death: Promise<"crashed">;
  #die: (how: "crashed") => void = () => {};
  #isCrashed = false;
  readonly #timers = new Set<() => void>();

  constructor(setup: ProcessSetup) {
    this.name = setup.name;
    this.driver = setup.driver;
    this.death = new Promise((resolve) => (this.#die = resolve));
    const shared = {
      store: interceptedStore(setup.store, (call) => setup.onCall(this, call)),
      clock: this.#mortal(setup.clock, setup.skewMs),
      ids: sequentialIds(setup.seed),
      closesStore: false,
    };
    this.client = setup.hasClient ? createClient(shared) : null;
    this.runtime = new Runtime({
      ...shared,
      workflows: setup.workflows,
      effects: setup.effects,
      owner: setup.name,
      leaseMs: setup.leaseMs,
      ...(setup.policy !== undefined && { policy: setup.policy }),
    });
  }

  get isCrashed(): boolean {
    return this.#isCrashed;
  }

  /** From now on nothing that it does has any effect: its calls are never answered, and its timers never fire. */
  crash(): void {
    this.#isCrashed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#die("crashed");
  }

  /** The world's clock, as far as this process lives to see it. */
  #mortal(clock: Clock, skewMs: number): Clock {
    const schedule = (ms: number, run: () => void): (() => void) => {
      if (this.#isCrashed) return () => {};
      const cancel = clock.schedule(ms, () => {
        this.#timers.delete(cancel);
        run();
      });
      this.#timers.add(cancel);
      return () => {
        this.#timers.delete(cancel);
        cancel();
      };
    };
    const sleep = (ms: number, { signal }: Abortable = {}): Promise<void> =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const abort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = schedule(ms, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        signal?.addEventListener("abort", abort, { once: true });
      });
    return { now: () => clock.now() + skewMs, schedule, sleep };
  }
}

/** What a crashed process gets for an answer. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
