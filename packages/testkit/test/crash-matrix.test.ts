import { describe, expect, it } from "vitest";
import { simulate, type SimulationOptions } from "../src/index.ts";
import { everyStep } from "./support/every-step.ts";
import { familyOf } from "./support/family.ts";

const seed = 1;

/** The simulation with one crash at each store call that it makes when nothing goes wrong, and how each of them ended. */
async function matrix(
  options: Omit<SimulationOptions, "crashes">,
  when: "before" | "after",
): Promise<{ readonly ends: ReadonlySet<string>; readonly crashes: number; calls: number }> {
  const { calls } = await simulate(options);
  const ends = new Set<string>();
  let crashes = 0;
  for (let call = 1; call <= calls; call += 1) {
    const report = await simulate({ ...options, crashes: [{ call, when }] });
    ends.add(JSON.stringify(report.ends));
    crashes += report.crashes.length;
  }
  return { ends, crashes, calls };
}

describe.each(Object.entries(everyStep))("a crash at every store call, with all %s", (_, spec) => {
  it.each(["before", "after"] as const)("comes to the same end: %s", async (when) => {
    const options = { ...familyOf(spec), seed, drivers: 1 };
    const calm = await simulate(options);
    const { ends, crashes, calls } = await matrix(options, when);
    expect([...ends]).toEqual([JSON.stringify(calm.ends)]);
    expect(crashes).toBe(calls);
  });
});

describe("two crashes", () => {
  it("come to the same end, wherever the second follows the first", async () => {
    const options = { ...familyOf(everyStep["effects"] ?? { workflows: [] }), seed, drivers: 2 };
    const calm = await simulate(options);
    for (let call = 1; call <= calm.calls; call += 3) {
      for (const gap of [1, 2, 5, 9]) {
        const crashes = [
          { call, when: "after" as const },
          { call: call + gap, when: "before" as const },
        ];
        expect((await simulate({ ...options, crashes })).ends).toEqual(calm.ends);
      }
    }
  });
});
