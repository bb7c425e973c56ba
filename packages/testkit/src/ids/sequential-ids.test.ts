import { expect, it } from "vitest";
import { seededRandom, sequentialIds } from "./sequential-ids.ts";

it("counts ids, and shares none with another seed", () => {
  const [one, two] = [sequentialIds(), sequentialIds(2)];
  expect([one.runId(), one.runId(), one.token()]).toEqual(["run-1-1", "run-1-2", "token-1-1"]);
  expect([two.runId(), two.token()]).toEqual(["run-2-1", "token-2-1"]);
});

it("repeats chance for the same seed, and differs for another", () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 1_000 }, () => random());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7).every((n) => n >= 0 && n < 1)).toBe(true);
  const mean = draw(7).reduce((sum, n) => sum + n, 0) / 1_000;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
});
