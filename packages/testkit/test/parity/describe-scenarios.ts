import type { RunState } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { betterThan } from "./better.ts";
import { expectParity, holdsTrue } from "./expectation.ts";
import { runScenario, type ScenarioAfter } from "./run-scenario.ts";
import type { ScenarioFile } from "./scenario.ts";
import type { StorePlace } from "./store-place.ts";

/** Tests of scenarios over one kind of store: what 0.2.0 did is done here too, what it did wrong is not. */
export function describeScenarios(
  name: string,
  files: readonly ScenarioFile[],
  place: () => Promise<StorePlace>,
): void {
  describe(`0.2.0's scenarios over ${name}`, () => {
    const [parity, defects] = [files.filter(isParity), files.filter((file) => !isParity(file))];

    it.each(parity)("does the same: $scenario.id, $scenario.title", async (file) => {
      const after = await runScenario(file.scenario, await place());
      expect(foldsOf(after)).toEqual(statesOf(after));
      expectParity(file.scenario, after, file.expected);
    });

    it.each(defects)("does better: $scenario.id, $scenario.better", async (file) => {
      const after = await runScenario(file.scenario, await place());
      expect(foldsOf(after)).toEqual(statesOf(after));
      expect(isSame(file, after)).toBe(false);
      betterThan(file.scenario.id)?.(after);
    });
  });
}

function statesOf({ runs }: ScenarioAfter): readonly RunState[] {
  return [...runs.values()].map(({ state }) => state);
}

function foldsOf({ runs }: ScenarioAfter): readonly RunState[] {
  return [...runs.values()].map(({ folded }) => folded);
}

function isParity({ scenario }: ScenarioFile): boolean {
  return scenario.class === "parity";
}

/** Whether 0.2.0's mistake is repeated. */
function isSame({ scenario, expected }: ScenarioFile, after: ScenarioAfter): boolean {
  return holdsTrue(() => expectParity(scenario, after, expected));
}
