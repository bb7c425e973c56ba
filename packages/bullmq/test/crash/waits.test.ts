import { describe, expect, it } from "vitest";
import type { Claim } from "./claims.ts";
import { distribution, waitsIn } from "./waits.ts";

const claim: Claim = {
  runId: "run",
  owner: "dead",
  dueMs: 5_000,
  takenMs: 5_400,
  takenBy: "other",
};

/** Of a driver with a lease of two seconds that died at 3500, and was followed at 5400. */
function waitsWith(
  change: Partial<Claim>,
  { outage, others = [] }: { outage?: [number, number]; others?: readonly number[] } = {},
) {
  const fresh = others.map((takenMs) => ({ ...claim, runId: "x", owner: null, takenMs }));
  return waitsIn([...fresh, { ...claim, ...change }], {
    leaseMs: 2_000,
    deaths: new Map([["dead", 3_500]]),
    outages: outage === undefined ? [] : [{ fromMs: outage[0], toMs: outage[1] }],
  });
}

describe("how long runs waited", () => {
  it("counts from the death of the driver", () => {
    expect(waitsWith({})).toMatchObject([{ waitedMs: 1_900, isDisturbed: false }]);
  });

  it("counts from the last sign of life, where the dead owner had handed the run over", () => {
    expect(waitsWith({ dueMs: 6_000, takenMs: 6_100 })).toMatchObject([{ waitedMs: 2_100 }]);
  });

  it("leaves out runs of the living, free ones, and those taken before their owner died", () => {
    expect(waitsWith({ owner: "blocked" })).toEqual([]);
    expect(waitsWith({ owner: null })).toEqual([]);
    expect(waitsWith({ takenMs: 3_400 })).toEqual([]);
  });

  it("says where the database was away meanwhile", () => {
    expect(waitsWith({}, { outage: [4_800, 5_100] })).toMatchObject([{ isDisturbed: true }]);
    expect(waitsWith({}, { outage: [5_400, 9_000] })).toMatchObject([{ isDisturbed: false }]);
    expect(waitsWith({}, { outage: [1_000, 3_500] })).toMatchObject([{ isDisturbed: false }]);
  });

  it("finds the overlooked: others were taken when the lease and a second had passed", () => {
    const late = { takenMs: 8_000 };
    expect(waitsWith(late, { others: [6_400, 7_900] })).toMatchObject([{ isOverlooked: false }]);
    expect(waitsWith(late, { others: [6_600] })).toMatchObject([{ isOverlooked: true }]);
  });

  it("is told as a distribution", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(distribution(hundred)).toBe("100 times, median 50, p99 99, max 100 ms");
    expect(distribution([])).toBe("0 times, median 0, p99 0, max 0 ms");
  });
});
