import { describe, expect, it } from "vitest";
import { defineDelegatedEffect, isDelegatedEffect } from "./delegated-effect.ts";
import { defineEffect } from "./define-effect.ts";
import { EffectRegistry } from "./effect-registry.ts";

const parts = {
  type: "parts",
  workflows: [],
  delegate: () => ({ children: [] }),
  joined: () => null,
};

describe("defineDelegatedEffect", () => {
  it("makes an effect that can't be changed afterwards, and is told from those that perform", () => {
    const effect = defineDelegatedEffect(parts);
    expect(isDelegatedEffect(effect)).toBe(true);
    expect(
      isDelegatedEffect(defineEffect({ type: "x", replay: "safe", perform: () => null })),
    ).toBe(false);
    expect(() => Object.assign(effect, { type: "other" })).toThrowError(TypeError);
  });

  it.each<[string, object]>([
    ["type", { type: "" }],
    ["delegate", { delegate: null }],
    ["joined", { joined: "all" }],
  ])("refuses a bad %s", (what, bad) => {
    expect(() => defineDelegatedEffect({ ...parts, ...bad })).toThrowError(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(what) }),
    );
  });

  it("has a type of its own among all effects", () => {
    const performed = defineEffect({ type: "parts", replay: "safe", perform: () => null });
    const both = [defineDelegatedEffect(parts), performed];
    expect(() => new EffectRegistry(both)).toThrowError(
      expect.objectContaining({ code: "duplicate_effect" }),
    );
    expect(() => new EffectRegistry(both.toReversed())).toThrowError(
      expect.objectContaining({ code: "duplicate_effect" }),
    );
  });
});
