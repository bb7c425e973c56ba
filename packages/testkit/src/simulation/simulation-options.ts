import type {
  DelegatedEffect,
  EffectDefinition,
  EffectPolicy,
  EventAddress,
  LimitUpdates,
  ForkEffects,
  Verdict,
  Workflow,
} from "@abstractruntime/core";
import type { Clock, DurableStore, JsonValue, WaitingRun } from "@abstractruntime/core/store";
import type { SimulatedWorld } from "./simulated-world.ts";

/** A run that the outside starts. Its id is its idempotency key: a start whose answer is lost is repeated. */
export interface SimulatedStart {
  readonly workflow: Workflow;
  readonly id: string;
  readonly vars?: JsonValue;
  readonly sessionId?: string;
  /** Virtual milliseconds after the beginning; 0 by default. */
  readonly afterMs?: number;
}

/** A crash at a store call: calls of all processes are numbered from 1, in the order in which they are served. */
export interface CrashPoint {
  readonly call: number;
  /** `before`: the call has no effect. `after`: it has, and its caller never learns of it. */
  readonly when: "before" | "after";
}

/** What goes wrong between processes and the store, each as a share of all calls (0 to 1; 0 by default). */
export interface SimulatedFaults {
  /** Nothing was done, and the caller is told `store_unavailable`. */
  readonly failed?: number;
  /** It was done, and the caller is told `store_unavailable`. */
  readonly lost?: number;
  /** The call is served, or answered, up to `maxDelayMs` later. */
  readonly delayed?: number;
  /** The longest delay in virtual milliseconds; twice the lease by default. */
  readonly maxDelayMs?: number;
  /** The caller is cut off from the store, for up to three leases. */
  readonly cutOff?: number;
}

/** Something that people or other systems do, `afterMs` virtual milliseconds later; repeated until it was answered. */
export type OutsideAction = { readonly afterMs?: number } & (
  | {
      readonly kind: "answer";
      readonly runId: string;
      readonly waitId: string;
      readonly payload: JsonValue;
    }
  | {
      readonly kind: "event";
      /** With `to`, the event's name. */
      readonly key: string;
      readonly payload: JsonValue;
      /** Only for this run; for all that wait for the key by default. */
      readonly runId?: string;
      /** Whose event it is, by scope. */
      readonly to?: EventAddress;
      /** Sent twice with one id, an event counts once; one of its own by default. */
      readonly eventId?: string;
    }
  | {
      readonly kind: "settle";
      readonly runId: string;
      readonly waitId: string;
      readonly verdict: Verdict;
    }
  | {
      readonly kind: "fork";
      readonly runId: string;
      /** The fork's own id, and so its idempotency key. */
      readonly id: string;
      readonly atSeq: number;
      readonly effects: ForkEffects;
    }
  | { readonly kind: "cancel"; readonly runId: string; readonly reason?: string }
  | { readonly kind: "pause" | "unpause"; readonly runId: string }
  | { readonly kind: "limits"; readonly runId: string; readonly limits: LimitUpdates }
);

export interface SimulationOptions {
  /** The whole simulation is a function of it and of these options; 1 by default. */
  readonly seed?: number;
  /**
   * What each process has registered. As a function of the driver (0 to `drivers` - 1), processes differ, as when a new
   * version is rolled out: whoever replaces a crashed driver has the same, and a run is left to those who have its graph.
   */
  readonly workflows: readonly Workflow[] | ((driver: number) => readonly Workflow[]);
  /** The effects, made once: they are the world, which survives crashes. `scriptedEffect` makes some. */
  readonly effects?: (world: SimulatedWorld) => Iterable<EffectDefinition | DelegatedEffect>;
  readonly start: readonly SimulatedStart[];
  /** What is done from outside, besides `start`. */
  readonly actions?: readonly OutsideAction[];
  /** Asked once for each wait when it begins: what the outside does about it. Nothing by default. */
  readonly outside?: (run: WaitingRun, world: SimulatedWorld) => readonly OutsideAction[];
  /**
   * Whether the outside asks clients, which know workflows by their ids alone, and not the drivers: a run is then begun by
   * whichever driver meets it first. Forks are asked of drivers all the same. False by default.
   */
  readonly byClient?: boolean;
  /** How many processes drive, 1 to 4; 2 by default. Each that crashes is replaced by a new one. */
  readonly drivers?: number;
  /** So many crashes at random store calls, or the calls at which a process crashes; none by default. */
  readonly crashes?: number | readonly CrashPoint[];
  readonly faults?: SimulatedFaults;
  /** How far the clocks of processes may be off the store's, in milliseconds; 0 by default. */
  readonly clockSkewMs?: number;
  /** 9,000 by default. */
  readonly leaseMs?: number;
  readonly policy?: EffectPolicy;
  /** The store that all processes share, by the simulation's clock; a `MemoryStore` by default. One that does I/O is waited for. */
  readonly store?: (clock: Clock) => DurableStore;
  /** The simulation fails when it is not at rest by then; a year by default. */
  readonly maxVirtualMs?: number;
  /** The simulation fails when it needs more store calls; 50,000 by default. */
  readonly maxCalls?: number;
}
