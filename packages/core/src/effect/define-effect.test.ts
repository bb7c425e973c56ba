import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineEffect } from "./define-effect.ts";

const perform = (): string => "done";
const bare = { type: "work", replay: "safe", perform } as const;

describe("defineEffect", () => {
  it("makes a definition with what was left out filled in", () => {
    expect({ ...defineEffect(bare) }).toEqual({
      type: "work",
      payloadSchema: null,
      resultSchema: null,
      replay: "safe",
      retry: {},
      timeoutMs: null,
      perform,
      usage: undefined,
      spends: true,
    });
  });

  it("keeps its schemas and rules", () => {
    const payload = z.object({ n: z.number() });
    const result = z.string();
    const effect = defineEffect({
      ...bare,
      payload,
      result,
      retry: { maxAttempts: 3, baseMs: 1, maxMs: 2, jitter: 1 },
      timeoutMs: 5,
    });
    expect({ ...effect }).toMatchObject({ retry: { maxAttempts: 3 }, timeoutMs: 5 });
    expect(effect.payloadSchema).toBe(payload);
    expect(effect.resultSchema).toBe(result);
  });

  it("is the function that plans it", () => {
    const effect = defineEffect(bare);
    expect(effect({ n: 1 }, { next: "b", resultKey: "r", onError: "c" })).toEqual({
      effect: { type: "work", payload: { n: 1 }, resultKey: "r" },
      nextNode: "b",
      onErrorNode: "c",
    });
  });

  it("can't be changed afterwards", () => {
    const effect = defineEffect(bare);
    expect(() => Object.assign(effect, { replay: "never" })).toThrowError(TypeError);
  });

  it.each<[string, object]>([
    ["type", { type: "" }],
    ["type", { type: "x".repeat(201) }],
    ["type", { type: 7 }],
    ["replay", { replay: "maybe" }],
    ["perform", { perform: "done" }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["retry.maxAttempts", { retry: { maxAttempts: 0 } }],
    ["retry.baseMs", { retry: { baseMs: -1 } }],
    ["retry.maxMs", { retry: { maxMs: NaN } }],
    ["retry.jitter", { retry: { jitter: 1.1 } }],
  ])("refuses a bad %s", (what, bad) => {
    expect(() => defineEffect({ ...bare, ...bad })).toThrowError(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(what) }),
    );
  });
});
