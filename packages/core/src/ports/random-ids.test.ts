import { expect, it } from "vitest";
import { randomIds } from "./random-ids.ts";

it("gives ids that are unique and safe as file names", () => {
  const ids = Array.from({ length: 1_000 }, () => [randomIds.runId(), randomIds.token()]).flat();
  expect(new Set(ids).size).toBe(2_000);
  expect(ids.every((id) => /^[0-9a-f-]{36}$/.test(id))).toBe(true);
});

it("gives numbers from 0 up to, not including, 1", () => {
  const numbers = Array.from({ length: 1_000 }, () => randomIds.random());
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(990);
});
