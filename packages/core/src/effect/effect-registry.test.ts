import { describe, expect, it } from "vitest";
import { defineEffect } from "./define-effect.ts";
import { EffectRegistry } from "./effect-registry.ts";

const bare = { type: "work", replay: "safe", perform: () => "done" } as const;

describe("EffectRegistry", () => {
  it("finds definitions and built-ins by type, a user's before a built-in", () => {
    const work = defineEffect(bare);
    const registry = new EffectRegistry([work]);
    expect(registry.get("work")).toBe(work);
    expect(registry.get("ask_user")).toBeUndefined();
    expect(registry.builtIn("ask_user")?.type).toBe("ask_user");
    const own = new EffectRegistry([defineEffect({ ...bare, type: "ask_user" })]);
    expect(own.builtIn("ask_user")).toBeUndefined();
  });

  it("refuses two definitions of one type", () => {
    expect(() => new EffectRegistry([defineEffect(bare), defineEffect(bare)])).toThrowError(
      expect.objectContaining({ code: "duplicate_effect" }),
    );
  });
});
