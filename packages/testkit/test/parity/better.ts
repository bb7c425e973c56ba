import { expect } from "vitest";
import type { ScenarioAfter } from "./run-scenario.ts";

/** What a recorded mistake of 0.2.0 looks like when it is done right. */
export function betterThan(scenarioId: string): ((after: ScenarioAfter) => void) | undefined {
  return better[scenarioId];
}

const better: Readonly<Record<string, (after: ScenarioAfter) => void>> = {
  "25-loop-reuses-result": ({ runs, handlerCalls }) => {
    expect(handlerCalls).toHaveLength(3);
    const { state, steps } = runs.get("r1") ?? missing();
    expect(state).toMatchObject({ status: "completed", output: { r: { call: 3 } } });
    expect(steps.filter(({ fields }) => fields["status"] === "started")).toHaveLength(3);
    expect(new Set(steps.map(({ key }) => key)).size).toBe(4);
  },
  "42-cancel-then-tick": ({ actions, runs }) => {
    expect(actions[2]).toEqual(actions[1]);
    const { state } = runs.get("r1") ?? missing();
    expect(state).toMatchObject({ status: "cancelled", output: null, currentNode: "a" });
  },
};

function missing(): never {
  throw new Error("the scenario has no such run");
}
