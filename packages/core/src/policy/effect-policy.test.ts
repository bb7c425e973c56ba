import { describe, expect, it } from "vitest";
import { backoff, DefaultEffectPolicy, NoRetryPolicy, RetryPolicy } from "./effect-policy.ts";

const half = (): number => 0.5;

describe("DefaultEffectPolicy", () => {
  it("tries once, without a time limit, and bears five interruptions", () => {
    const policy = new DefaultEffectPolicy();
    expect(policy.maxAttempts("work")).toBe(1);
    expect(policy.timeoutMs("work")).toBeNull();
    expect(policy.maxInterruptions("work")).toBe(5);
    expect(policy.backoffMs("work", 1, half)).toBe(1_000);
  });

  it("takes attempts by type before attempts for all", () => {
    const policy = new DefaultEffectPolicy({
      maxAttempts: 4,
      attempts: { work: 2 },
      timeoutMs: 9,
      maxInterruptions: 0,
    });
    expect(policy.maxAttempts("work")).toBe(2);
    expect(policy.maxAttempts("toString")).toBe(4);
    expect(policy.timeoutMs("work")).toBe(9);
    expect(policy.maxInterruptions("work")).toBe(0);
  });

  it.each([{ maxAttempts: 0 }, { maxAttempts: 1.5 }, { attempts: { work: -1 } }])(
    "refuses attempts that make no sense: %j",
    (options) => {
      expect(() => new DefaultEffectPolicy(options)).toThrowError(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    },
  );
});

describe("RetryPolicy and NoRetryPolicy", () => {
  it("try LLM calls three times, tool calls twice, and the rest once", () => {
    const policy = new RetryPolicy();
    expect(["llm_call", "tool_calls", "other"].map((type) => policy.maxAttempts(type))).toEqual([
      3, 2, 1,
    ]);
    expect(policy.backoffMs("llm_call", 20, half)).toBe(30_000);
    expect(new RetryPolicy({ attempts: { llm_call: 7 } }).maxAttempts("llm_call")).toBe(7);
  });

  it("try everything once", () => {
    expect(new NoRetryPolicy().maxAttempts("llm_call")).toBe(1);
  });
});

describe("backoff", () => {
  it("doubles up to its bound, also after very many failures", () => {
    const delays = [1, 2, 3, 4, 5, 2_000].map((n) =>
      backoff({ baseMs: 100, maxMs: 1_000 }, n, half),
    );
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("draws its share of jitter at random", () => {
    const options = { baseMs: 1_000, jitter: 0.4 };
    expect(backoff(options, 1, () => 0)).toBe(600);
    expect(backoff(options, 1, half)).toBe(800);
    expect(backoff(options, 1, () => 0.999)).toBeLessThan(1_000);
  });
});
