import { describe, expect, it } from "vitest";
import { EffectError, isEffectError } from "./effect-error.ts";

describe("EffectError", () => {
  it("says no more than it was told", () => {
    const error = new EffectError("broken");
    expect(error).toMatchObject({
      code: "effect_error",
      final: false,
      certain: false,
      retryAfterMs: null,
      details: null,
    });
  });

  it("is told from other errors", () => {
    expect(isEffectError(new EffectError("broken"))).toBe(true);
    expect(isEffectError(new Error("broken"))).toBe(false);
    expect(isEffectError("broken")).toBe(false);
  });
});
