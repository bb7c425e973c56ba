import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { simulate, type SimulationOptions } from "../src/index.ts";
import { anyWorkflow } from "./support/any-workflow.ts";
import { familyOf } from "./support/family.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 150);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });

async function endsOf(options: SimulationOptions): Promise<unknown> {
  return (await simulate(options)).ends;
}

describe("simulate", () => {
  it("gives one trace for one seed", () =>
    fc.assert(
      fc.asyncProperty(anyWorkflow(), anySeed, async (spec, chance) => {
        const options = { ...familyOf(spec), seed: chance, drivers: 3, crashes: 3 };
        const [first, second] = [await simulate(options), await simulate(options)];
        expect(second.trace).toEqual(first.trace);
      }),
      { numRuns: Math.ceil(numRuns / 6), seed },
    ));

  it("folds to the state at every revision of random workflows", () =>
    fc.assert(
      fc.asyncProperty(anyWorkflow(), anySeed, async (spec, chance) => {
        await simulate({ ...familyOf(spec), seed: chance, drivers: 1 });
      }),
      { numRuns, seed },
    ));

  it("comes to the same end with crashes as without", () =>
    fc.assert(
      fc.asyncProperty(
        anyWorkflow(),
        anySeed,
        fc.integer({ min: 1, max: 4 }),
        async (spec, chance, drivers) => {
          const family = familyOf(spec);
          const calm = await endsOf({ ...family, seed: chance, drivers: 1 });
          expect(await endsOf({ ...family, seed: chance, drivers, crashes: 4 })).toEqual(calm);
        },
      ),
      { numRuns, seed },
    ));

  it("comes to the same end however badly the store is reached", () =>
    fc.assert(
      fc.asyncProperty(
        anyWorkflow(),
        anySeed,
        fc.integer({ min: 2, max: 4 }),
        async (spec, chance, drivers) => {
          const family = familyOf(spec);
          const calm = await endsOf({ ...family, seed: chance, drivers: 1 });
          const faults = { failed: 0.03, lost: 0.03, delayed: 0.05, cutOff: 0.01 };
          const rough = {
            ...family,
            seed: chance,
            drivers,
            crashes: 2,
            faults,
            clockSkewMs: 3_000,
          };
          expect(await endsOf(rough)).toEqual(calm);
        },
      ),
      { numRuns, seed },
    ));
});
