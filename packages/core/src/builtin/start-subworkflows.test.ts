import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/json-value.ts";
import type { ChildRequest } from "./built-in.ts";
import { MAX_CHILDREN, readJoinRequest, startSubworkflowsEffect } from "./start-subworkflows.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

const evaluate = (payload: JsonObject) =>
  startSubworkflowsEffect.evaluate(payload, {
    runId: "run",
    nodeId: "node",
    workflowId: "flow",
    sessionId: "s-1",
    now,
  });

const child = { workflow_id: "w" };

function requestOf(payload: JsonObject) {
  const request = readJoinRequest(payload);
  if (typeof request === "string") throw new Error(request);
  return request;
}

function childrenOf(payload: JsonObject): readonly ChildRequest[] {
  const { total, child: at } = requestOf(payload);
  return Array.from({ length: total }, (_, index) => at(index));
}

describe("start_subworkflows", () => {
  it("waits for its children, with the options that every wait has", () => {
    const payload = { children: [child], timeout_ms: 5, timeout_node: "late", join: "any" };
    expect(evaluate(payload)).toMatchObject({
      status: "waiting",
      wait: { reason: "subworkflow", timeoutMs: 5, timeoutNode: "late" },
      children: { total: 1, need: 1, onFailure: "settle", maxConcurrency: null },
    });
  });

  it("waits for nothing where there are no children", () => {
    const result = { completed: 0, failed: 0, results: [] };
    for (const payload of [{ children: [] }, { ...child, each: [] }])
      expect(evaluate(payload)).toEqual({ status: "completed", result });
  });

  it.each<[JsonObject, object]>([
    [{}, { need: null, onFailure: "fail_fast" }],
    [{ join: "all" }, { need: null, onFailure: "fail_fast" }],
    [
      { join: null, on_failure: "settle" },
      { need: null, onFailure: "settle" },
    ],
    [{ join: "any" }, { need: 1, onFailure: "settle" }],
    [{ join: 2 }, { need: 2, onFailure: "settle" }],
    [{ join: 3 }, { need: 3, onFailure: "settle" }],
    [
      { join: 3, on_failure: "fail_fast" },
      { need: 3, onFailure: "fail_fast" },
    ],
    [{ max_concurrency: 1 }, { maxConcurrency: 1 }],
    [{ max_concurrency: null }, { maxConcurrency: null }],
  ])("reads %j of three children as %j", (options, expected) => {
    expect(requestOf({ children: [child, child, child], ...options })).toMatchObject(expected);
  });

  it("takes a list of children, each as it is", () => {
    const children = [
      { workflow_id: "w", vars: { n: 1 }, actor_id: "ann", session_id: "s" },
      { node: "n", vars: null, actor_id: null },
    ];
    expect(childrenOf({ children })).toEqual([
      { workflowId: "w", index: 0, vars: { n: 1 }, awaited: true, actorId: "ann", sessionId: "s" },
      { node: "n", index: 1, vars: {}, awaited: true },
    ]);
  });

  it("makes a child of each item, with what all of them get", () => {
    const vars = { kept: true, item: "overwritten" };
    expect(childrenOf({ ...child, vars, each: ["a", null] })).toEqual([
      { workflowId: "w", index: 0, vars: { kept: true, item: "a", index: 0 }, awaited: true },
      { workflowId: "w", index: 1, vars: { kept: true, item: null, index: 1 }, awaited: true },
    ]);
    expect(childrenOf({ node: "n", each: [7], as: "page" })).toEqual([
      { node: "n", index: 0, vars: { page: 7, index: 0 }, awaited: true },
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ["no children", {}, "payload.children must be a list"],
    ["children that are no list", { children: "abc" }, "payload.children must be a list"],
    [
      "a child that is no object",
      { children: [child, 7] },
      "payload.children[1] must be an object",
    ],
    ["a child that is a list", { children: [[]] }, "payload.children[0] must be an object"],
    [
      "a child of nothing",
      { children: [{}] },
      "payload.children[0]: give either a workflow_id or a node",
    ],
    [
      "a child of a workflow and a node",
      { children: [{ workflow_id: "w", node: "n" }] },
      "payload.children[0]: give either",
    ],
    ["a workflow without a name", { children: [{ workflow_id: "" }] }, "give either"],
    ["a node that is no text", { children: [{ node: 7 }] }, "give either"],
    [
      "vars that are no object",
      { children: [child, child, { ...child, vars: [1] }] },
      "payload.children[2].vars must be an object",
    ],
    ["vars of each that are no object", { ...child, vars: "x", each: [] }, "payload.vars must be"],
    ["each that is no list", { ...child, each: { a: 1 } }, "payload.each must be a list"],
    ["each that is null", { ...child, each: null }, "payload.each must be a list"],
    ["each of nothing", { each: [1] }, "payload: give either a workflow_id or a node"],
    ["children and each", { children: [child], each: [1] }, "exclude each other"],
    ["a name that is no text", { ...child, each: [1], as: 7 }, "payload.as must be a text"],
    [
      "a name that the index has",
      { ...child, each: [1], as: "index" },
      "payload.as must be a text",
    ],
    ["an empty name", { ...child, each: [1], as: "" }, "payload.as must be a text"],
    [
      "an unknown join",
      { children: [child], join: "some" },
      'payload.join must be "all", "any" or',
    ],
    ["a join of none", { children: [child], join: 0 }, "payload.join must be"],
    ["a join of less than none", { children: [child], join: -1 }, "payload.join must be"],
    ["a join of one and a half", { children: [child, child], join: 1.5 }, "payload.join must be"],
    ["a join of a list", { children: [child], join: ["all"] }, "payload.join must be"],
    ["a join of more than there are", { children: [child], join: 2 }, "asks for 2 of 1 children"],
    ["any of none", { children: [], join: "any" }, "asks for 1 of 0 children"],
    [
      "an unknown failure",
      { children: [child], on_failure: "ignore" },
      "payload.on_failure must be",
    ],
    [
      "no concurrency",
      { children: [child], max_concurrency: 0 },
      "payload.max_concurrency must be",
    ],
    ["half a child at a time", { children: [child], max_concurrency: 0.5 }, "max_concurrency"],
    ["a concurrency in words", { children: [child], max_concurrency: "2" }, "max_concurrency"],
    ["a timeout before now", { children: [child], timeout_ms: -1 }, "payload.timeout_ms"],
    [
      "a timeout that is no instant",
      { children: [child], timeout_at: "soon" },
      "payload.timeout_at",
    ],
    [
      "more children than any",
      { ...child, each: Array(MAX_CHILDREN + 1).fill(0) },
      "are more than",
    ],
  ])("refuses %s", (_, payload, says) => {
    const outcome = evaluate(payload);
    expect(outcome).toMatchObject({
      status: "failed",
      error: { code: "invalid_argument" },
      final: true,
      certain: true,
    });
    expect(outcome.status === "failed" && outcome.error.message).toContain(says);
  });

  it("takes as many as it may", () => {
    const each = Array<number>(MAX_CHILDREN).fill(0);
    expect(requestOf({ ...child, each }).total).toBe(MAX_CHILDREN);
  });
});
