import { describe, expect, it } from "vitest";
import { Interruption, isInterruption } from "./interruption.ts";

describe("Interruption", () => {
  it("looks like an AbortError that says why", () => {
    const cause = new Error("SIGTERM");
    const interruption = new Interruption("abort", "stopping", { cause });
    expect(interruption).toMatchObject({ name: "AbortError", interruption: "abort", cause });
    expect(isInterruption(interruption)).toBe(true);
    expect(isInterruption(cause)).toBe(false);
  });
});
