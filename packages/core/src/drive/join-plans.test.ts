import { describe, expect, it } from "vitest";
import { JoinPlans, type JoinPlan } from "./join-plans.ts";

function planOf(stepId: string): JoinPlan {
  return {
    step: { stepId, idempotencyKey: "key", waitId: "wait" },
    request: {
      total: 1,
      need: null,
      onFailure: "settle",
      maxConcurrency: null,
      child: (index) => ({ workflowId: "w", index, vars: {}, awaited: true }),
    },
    payload: {},
  };
}

describe("JoinPlans", () => {
  it("keeps what was kept until it is forgotten", () => {
    const plans = new JoinPlans();
    const plan = planOf("s");
    plans.keep("a", plan);
    expect(plans.get("a")).toBe(plan);
    expect(plans.get("b")).toBeUndefined();
    plans.forget("a");
    expect(plans.get("a")).toBeUndefined();
  });

  it("keeps the last sixteen that were looked for", () => {
    const plans = new JoinPlans();
    for (let n = 0; n < 16; n += 1) plans.keep(`${n}`, planOf(`${n}`));
    plans.get("0");
    plans.keep("16", planOf("16"));
    expect(plans.get("0")).toBeDefined();
    expect(plans.get("1")).toBeUndefined();
    expect(plans.get("16")).toBeDefined();
  });
});
