import { describe, expect, it } from "vitest";
import { askUser, startSubworkflow, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import { complete, fail, goto } from "./plan-helpers.ts";
import type { Plan } from "./plan.ts";
import { readPlan } from "./read-plan.ts";
import { ref } from "./ref.ts";

const workflow = defineWorkflow({
  id: "w",
  entry: "a",
  nodes: { a: () => complete(1), b: () => complete(2), late: () => complete(3) },
});
const read = (plan: unknown): ReturnType<typeof readPlan> => readPlan(workflow, "a", plan);
const effect = { type: "work", payload: { n: 1 } };

describe("readPlan", () => {
  it("reads where to go", () => {
    expect(read(goto("b"))).toEqual({ type: "goto", node: "b" });
  });

  it("reads an output, also a null one, and copies it", () => {
    const output = { list: [1] };
    const decision = read(complete(output));
    output.list.push(2);
    expect(decision).toEqual({ type: "complete", output: { list: [1] } });
    expect(read(complete(null))).toEqual({ type: "complete", output: null });
  });

  it("reads a failure, with the workflow's own code and details", () => {
    expect(read(fail("no luck"))).toEqual({
      type: "fail",
      error: {
        code: "failed_by_workflow",
        message: "no luck",
        nodeId: "a",
        stepId: null,
        attempt: null,
      },
    });
    expect(read(fail("no luck", { code: "luck", details: { tries: 3 } }))).toMatchObject({
      error: { code: "luck", details: { tries: 3 } },
    });
  });

  it("reads an effect in its raw form, with refs apart", () => {
    const plan: Plan = {
      nodeId: "a",
      effect: { type: "work", payload: { all: ref("x.y") }, resultKey: "r.s" },
      nextNode: "b",
      onErrorNode: "late",
    };
    expect(read(plan)).toEqual({
      type: "effect",
      effect: { type: "work", payload: { all: null }, resultKey: "r.s", refs: { "/all": "x.y" } },
      next: "b",
      onError: "late",
    });
  });

  it("reads the built-in waits, and leaves out what was not given", () => {
    const next = "b";
    expect(read(askUser({ prompt: "?", next }))).toMatchObject({
      effect: { type: "ask_user", payload: { prompt: "?" }, resultKey: null },
      next,
    });
    expect(
      read(waitEvent({ key: ["k", "l"], next, timeoutMs: 5, timeoutNode: "late" })),
    ).toMatchObject({
      effect: {
        payload: { wait_key: "k", wait_keys: ["k", "l"], timeout_ms: 5, timeout_node: "late" },
      },
    });
    expect(read(waitEvent({ key: "k", next }))).toMatchObject({
      effect: { payload: { wait_key: "k" } },
    });
    expect(read(waitUntil({ afterMs: 5, next }))).toMatchObject({
      effect: { payload: { after_ms: 5 } },
    });
    expect(read(waitUntil({ until: "2026-01-01T00:00:00Z", next }))).toMatchObject({
      effect: { payload: { until: "2026-01-01T00:00:00Z" } },
    });
    expect(
      read(startSubworkflow({ workflow, vars: { v: 1 }, next, onError: "late" })),
    ).toMatchObject({
      effect: { payload: { workflow_id: "w", vars: { v: 1 } } },
      onError: "late",
    });
    expect(read(startSubworkflow({ workflow: "other", next, async: true }))).toMatchObject({
      effect: { payload: { workflow_id: "other", async: true } },
      onError: null,
    });
  });

  it("takes 0.2.0's resume_to_node for the next node", () => {
    const decision = read({ effect: { type: "wait_event", payload: { resume_to_node: "b" } } });
    expect(decision).toMatchObject({ next: "b" });
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /node "a" returned undefined: return goto/],
    ["null", null, /returned null/],
    ["a text", "b", /returned string/],
    ["no plan at all", {}, /returned no effect and no next node/],
    ["two ends", { completeOutput: 1, effect, nextNode: "b" }, /more than one of an output/],
    ["another node's name", { nodeId: "b", nextNode: "b" }, /in the name of node "b"/],
    [
      "an effect without a type",
      { effect: { payload: {} }, nextNode: "b" },
      /effect without a type/,
    ],
    ["an effect that leads nowhere", { effect }, /planned work but no next node/],
    [
      "a result key that is no text",
      { effect: { ...effect, resultKey: 1 }, nextNode: "b" },
      /resultKey that is no text/,
    ],
    [
      "a result key into a prototype",
      { effect: { ...effect, resultKey: "a.__proto__" }, nextNode: "b" },
      /__proto__ is reserved/,
    ],
  ])("refuses %s", (_what, plan, message) => {
    expect(() => read(plan)).toThrowError(message);
    expect(() => read(plan)).toThrowError(expect.objectContaining({ code: "invalid_plan" }));
  });

  it.each<[string, unknown]>([
    ["nextNode", { nextNode: "nowhere" }],
    ["nextNode", { effect, nextNode: 7 }],
    ["onErrorNode", { effect, nextNode: "b", onErrorNode: "nowhere" }],
    ["timeoutNode", { effect, nextNode: "b", timeoutNode: "nowhere" }],
    ["timeoutNode", { effect: { ...effect, payload: { timeout_node: "nowhere" } }, nextNode: "b" }],
    ["payload.resume_to_node", { effect: { ...effect, payload: { resume_to_node: "nowhere" } } }],
  ])("refuses a %s that the workflow does not have, and lists those it has", (where, plan) => {
    expect(() => read(plan)).toThrowError(
      expect.objectContaining({
        code: "unknown_node",
        message: expect.stringMatching(new RegExp(`${where}: .*its nodes are a, b, late`)),
      }),
    );
  });

  it("refuses what is not JSON, with its path", () => {
    expect(() => read(complete({ when: new Date(0) }))).toThrowError(
      /output\.when: Date is not JSON/,
    );
    expect(() =>
      read({ effect: { type: "work", payload: { f: () => 1 } }, nextNode: "b" }),
    ).toThrowError(/payload\.f: /);
    expect(() => read({ failure: { message: "m", details: { n: NaN } } })).toThrowError(
      /failure\.details\.n: NaN/,
    );
  });
});
