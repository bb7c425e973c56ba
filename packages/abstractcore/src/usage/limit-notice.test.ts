import { limitsFromConfig } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { limitNotice } from "./limit-notice.ts";

describe("limitNotice", () => {
  it("says nothing while there is enough of everything", () => {
    expect(limitNotice({})).toBeNull();
    expect(limitNotice({ _limits: limitsFromConfig({ maxIterations: 10 }) })).toBeNull();
  });

  it("tells the model what is nearly and what is wholly used", () => {
    const limits = limitsFromConfig({ maxIterations: 10, budgetTokens: 100 });
    const used = { current_iteration: 8, used_input_tokens: 90, used_output_tokens: 15 };
    expect(limitNotice({ _limits: { ...limits, ...used } })).toBe(
      "This run has used 8 of 10 model calls, 105 of 100 tokens. Come to an end with what you have.",
    );
  });
});
