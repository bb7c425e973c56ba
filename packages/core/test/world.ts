import { VirtualClock } from "../../testkit/src/clock/virtual-clock.ts";
import { sequentialIds } from "../../testkit/src/ids/sequential-ids.ts";
import {
  foldRun,
  isAbstractRuntimeError,
  Runtime,
  type EffectDefinition,
  type RecordKind,
  type RunState,
  type RuntimeOptions,
} from "../src/index.ts";
import { WatchedStore } from "./watched-store.ts";

/** One store, one clock, and any number of runtimes over them. */
export interface World {
  readonly clock: VirtualClock;
  readonly store: WatchedStore;
  /** A runtime on the world's store and clock, with countable ids of its own. */
  runtime(options?: Partial<RuntimeOptions>): Runtime;
  /** The run as stored, after it was compared with the fold of its ledger. */
  state(runId: string): Promise<RunState>;
  /** The kinds of a run's records, in order. */
  kinds(runId: string): Promise<readonly RecordKind[]>;
  /** Let everything run that waits for no timer. */
  settle(): Promise<void>;
}

export function newWorld(): World {
  const clock = new VirtualClock();
  const store = new WatchedStore({ clock });
  let seed = 0;
  return {
    clock,
    store,
    runtime(options = {}) {
      seed += 1;
      const ids = sequentialIds(seed);
      return new Runtime({
        store,
        clock,
        ids,
        owner: `owner-${seed}`,
        closesStore: false,
        ...options,
      });
    },
    async state(runId) {
      const stored = await store.load(runId);
      if (stored === undefined) throw new Error(`no run ${runId}`);
      const folded = foldRun(await store.records(runId));
      if (JSON.stringify(sorted(folded)) !== JSON.stringify(sorted(stored.run)))
        throw new Error(`the fold of ${runId} is not its state`);
      return stored.run;
    },
    async kinds(runId) {
      return (await store.records(runId)).map(({ kind }) => kind);
    },
    settle: () => clock.advance(0),
  };
}

/** An effect that is a promise in the test's hand: each call is noted, and ends when the test says so. */
export interface HandHeld extends EffectDefinition {
  readonly calls: readonly HandHeldCall[];
}

export interface HandHeldCall {
  readonly payload: unknown;
  readonly context: Parameters<EffectDefinition["perform"]>[1];
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** What the error of a rejected promise says: its code; fails when it is none of ours, or when there is none. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isAbstractRuntimeError(error)) return error.code;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export function handHeld(
  options: Partial<Omit<EffectDefinition, "perform">> & { readonly type: string },
): HandHeld {
  const calls: HandHeldCall[] = [];
  return {
    payloadSchema: null,
    resultSchema: null,
    replay: "safe",
    retry: {},
    timeoutMs: null,
    ...options,
    calls,
    perform(payload: unknown, context) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      calls.push({ payload, context, resolve, reject });
      return promise;
    },
  };
}

/** The same value with its keys in order, so that two texts of it are equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
