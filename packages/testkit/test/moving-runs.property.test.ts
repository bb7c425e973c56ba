import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { simulate, SimulationError, type SimulationOptions } from "../src/index.ts";
import { anyWorkflow } from "./support/any-workflow.ts";
import { everyStep } from "./support/every-step.ts";
import { familyOf } from "./support/family.ts";
import { movingStore } from "./support/moving-store.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Math.ceil(Number(process.env["SIMULATION_RUNS"] ?? 150) / 4);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

/**
 * How a simulation with moves ends. Null: who held a run that moved did not know so, and performed its effect all the same.
 * That is why the original is to be stopped first; it ends the simulation, and is not what is looked for here.
 */
async function endsOf(options: SimulationOptions): Promise<unknown> {
  try {
    return (await simulate(options)).ends;
  } catch (error) {
    const wasHeld =
      error instanceof SimulationError &&
      error.violations.every((violation) => violation.endsWith("after its end was committed"));
    if (wasHeld) return null;
    throw error;
  }
}

describe("runs that are exported and imported while they go on", () => {
  it.each(Object.keys(everyStep))(
    "come to the same end as those that stayed, moved again and again: %s",
    async (name) => {
      const spec = everyStep[name];
      if (spec === undefined) throw new TypeError(`no family ${name}`);
      const family = familyOf(spec);
      const calm = await simulate({ ...family, drivers: 1 });
      for (const every of [4, 7]) {
        const stores: ReturnType<typeof movingStore>[] = [];
        const moved = await endsOf({
          ...family,
          drivers: 2,
          store: (clock) => {
            const store = movingStore(clock, every);
            stores.push(store);
            return store;
          },
        });
        expect(stores.map(({ moves }) => moves > 0)).toEqual([true]);
        expect(moved).toEqual(calm.ends);
      }
    },
  );

  it("come to the same end as those that stayed, whatever they do", () =>
    fc.assert(
      fc.asyncProperty(
        anyWorkflow(),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 3, max: 12 }),
        async (spec, chance, every) => {
          const family = familyOf(spec);
          const calm = await simulate({ ...family, seed: chance, drivers: 1 });
          const moved = await endsOf({
            ...family,
            seed: chance,
            drivers: 2,
            store: (clock) => movingStore(clock, every),
          });
          fc.pre(moved !== null);
          expect(moved).toEqual(calm.ends);
        },
      ),
      { numRuns, seed },
    ));
});
