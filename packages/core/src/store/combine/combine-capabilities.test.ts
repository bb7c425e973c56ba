import { expect, it } from "vitest";
import { combineCapabilities } from "./combine-capabilities.ts";

it.each([
  ["power_cut", "power_cut", "power_cut"],
  ["power_cut", "crash", "crash"],
  ["nothing", "power_cut", "nothing"],
] as const)("promises of halves that survive %s and %s: %s", (one, other, survives) => {
  const half = { survives: one, writers: "many_processes", reopens: true } as const;
  const combined = combineCapabilities(half, { ...half, survives: other, reopens: false });
  expect(combined).toEqual({ survives, writers: "one_process", reopens: false });
});
