import { describe, expect, it } from "vitest";
import { deepFreeze } from "./deep-freeze.ts";

describe("deepFreeze", () => {
  it("freezes a value and all it holds, and returns it", () => {
    const value = { list: [{ a: 1 }], empty: null };
    expect(deepFreeze(value)).toBe(value);
    expect([value, value.list, value.list[0]].every((part) => Object.isFrozen(part))).toBe(true);
    expect(deepFreeze("text")).toBe("text");
  });

  it("does not walk into what is frozen already", () => {
    const inner = { a: 1 };
    deepFreeze({ frozen: Object.freeze({ inner }) });
    expect(Object.isFrozen(inner)).toBe(false);
  });
});
