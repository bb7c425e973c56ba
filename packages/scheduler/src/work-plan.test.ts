import { expect, it } from "vitest";
import { planClaims } from "./work-plan.ts";

const workflowIds = ["a", "b", "c", "d"];
const none = (): number => 0;

it("claims all workflows of a priority together, as far as they have no bound of their own", () => {
  const shares = {
    b: { priority: 3 },
    c: { concurrency: 2 },
    d: { priority: -1, concurrency: 50 },
  };
  expect(planClaims({ workflowIds, shares, free: 10, underWay: none })).toEqual({
    claims: [
      { workflowIds: ["b"], limit: 10 },
      { workflowIds: ["a"], limit: 10 },
      { workflowIds: ["c"], limit: 2 },
      { workflowIds: ["d"], limit: 10 },
    ],
    isFull: false,
  });
});

it("says when a workflow has no room left, and claims nothing where nothing is free", () => {
  const shares = { a: { concurrency: 3 } };
  const underWay = (id: string): number => (id === "a" ? 3 : 0);
  expect(planClaims({ workflowIds, shares, free: 7, underWay })).toEqual({
    claims: [{ workflowIds: ["b", "c", "d"], limit: 7 }],
    isFull: true,
  });
  expect(planClaims({ workflowIds, shares, free: 0, underWay })).toEqual({
    claims: [],
    isFull: true,
  });
  expect(planClaims({ workflowIds: [], shares, free: 5, underWay })).toEqual({
    claims: [],
    isFull: false,
  });
});

it("asks for no more than a store gives at once", () => {
  const { claims } = planClaims({ workflowIds: ["a"], shares: {}, free: 5_000, underWay: none });
  expect(claims).toEqual([{ workflowIds: ["a"], limit: 1_000 }]);
});
