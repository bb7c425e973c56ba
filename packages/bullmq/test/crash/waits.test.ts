import { describe, expect, it } from "vitest";
import type { Takeover } from "./takeovers.ts";
import { distribution, waitsOf } from "./waits.ts";

const takeover: Takeover = {
  runId: "run",
  owner: "dead",
  leaseEndedMs: 5_000,
  takenMs: 5_400,
  takenBy: "other",
};

/** Of a driver with a lease of two seconds that died at 3500, and was followed at 5400. */
function waitsWith(change: Partial<Takeover>, outages: readonly [number, number][] = []) {
  return waitsOf([{ ...takeover, ...change }], {
    leaseMs: 2_000,
    deaths: new Map([["dead", 3_500]]),
    outages: outages.map(([fromMs, toMs]) => ({ fromMs, toMs })),
  });
}

describe("how long runs waited", () => {
  it("counts from the death of the driver, and from the end of its lease", () => {
    expect(waitsWith({})).toMatchObject([{ waitedMs: 1_900, lateMs: 400, isDisturbed: false }]);
  });

  it("counts from the last sign of life, where the dead owner had handed the run over", () => {
    expect(waitsWith({ leaseEndedMs: 6_000, takenMs: 6_100 })).toMatchObject([
      { waitedMs: 2_100, lateMs: 100 },
    ]);
  });

  it("leaves out runs of the living, and those taken before their owner died", () => {
    expect(waitsWith({ owner: "blocked" })).toEqual([]);
    expect(waitsWith({ takenMs: 3_400 })).toEqual([]);
  });

  it("leaves out when the database was away", () => {
    const outages: [number, number][] = [
      [4_800, 5_100],
      [5_200, 5_250],
    ];
    expect(waitsWith({}, outages)).toMatchObject([{ lateMs: 250, isDisturbed: true }]);
    expect(waitsWith({}, [[5_400, 9_000]])).toMatchObject([{ isDisturbed: false }]);
  });

  it("is told as a distribution", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(distribution(hundred)).toBe("100 times, median 50, p99 99, max 100 ms");
    expect(distribution([])).toBe("0 times, median 0, p99 0, max 0 ms");
  });
});
