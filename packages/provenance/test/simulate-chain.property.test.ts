import { MemoryStore } from "@abstractruntime/core";
import {
  isAbstractRuntimeError,
  type Change,
  type Clock,
  type DurableStore,
} from "@abstractruntime/core/store";
import { FaultStore, seededFaults, seededRandom, simulate } from "@abstractruntime/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyWorkflow } from "../../testkit/test/support/any-workflow.ts";
import { familyOf } from "../../testkit/test/support/family.ts";
import { hashChain, verifyRun } from "../src/index.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 20);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });

/** Something above the chain that never says the same twice: a commit that is sent again is another one. */
function restless(change: Change, random: () => number): Change {
  const records = change.records.map((record) =>
    record.kind === "forked" || record.kind === "adopted"
      ? record
      : { ...record, actorId: `actor ${random()}` },
  );
  return { ...change, records };
}

/**
 * Several processes' chains over one store that loses answers. Whoever calls is served by any of them, so that each meets
 * what others wrote. What was not answered is sent again by the one that sent it.
 */
function chainsOver(inner: DurableStore, chance: number, cachedRuns: number): DurableStore {
  const random = seededRandom(chance);
  const chains = [1, 2, 3].map((offset) => {
    const plan = seededFaults({ seed: chance + offset, rate: 0.3, methods: ["commit", "create"] });
    return hashChain(new FaultStore(inner, { plan }), { cachedRuns });
  });
  const anyChain = (): DurableStore => chains[Math.floor(random() * chains.length)] ?? fail();
  return new Proxy(inner, {
    get: (_inner, name) => {
      const value: unknown = Reflect.get(anyChain(), name);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        const chain = anyChain();
        const call = (): unknown => {
          if (name === "commit") return chain.commit(restless(args[0] as Change, random));
          return (Reflect.get(chain, name) as typeof value).apply(chain, args);
        };
        return name === "commit" || name === "create" ? untilAnswered(call) : call();
      };
    },
  });
}

async function untilAnswered(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (isAbstractRuntimeError(error, "store_unavailable")) return untilAnswered(call);
    throw error;
  }
}

describe("a chain under crashes and lost answers", () => {
  it.each([
    ["that remembers heads", 100],
    ["that remembers one head", 1],
    ["that remembers none", 0],
  ])("%s holds in every run", (_what, cachedRuns) =>
    fc.assert(
      fc.asyncProperty(anyWorkflow(), anySeed, async (spec, chance) => {
        let inner: DurableStore | undefined;
        const { runs } = await simulate({
          ...familyOf(spec),
          seed: chance,
          drivers: 3,
          crashes: 3,
          faults: { failed: 0.02, lost: 0.02, delayed: 0.05 },
          store: (clock: Clock) => {
            inner = new MemoryStore({ clock });
            return chainsOver(inner, chance, cachedRuns);
          },
        });
        for (const runId of runs.keys()) {
          const report = await verifyRun(inner ?? fail(), runId, { mayBeginUnchained: false });
          expect(report).toMatchObject({ ok: true, problems: [], foldedFrom: 1 });
          expect(report.chain).toMatchObject({ errors: [], harmless: [], chainedFrom: 0 });
          expect(report.compared).toEqual({
            runId: true,
            count: true,
            headHash: true,
            state: true,
          });
        }
      }),
      { numRuns, seed },
    ),
  );
});

function fail(): never {
  throw new TypeError("the simulation made no store");
}
