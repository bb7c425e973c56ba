import { describe, expect, it } from "vitest";
import { z } from "zod";
import { complete, goto } from "../step/plan-helpers.ts";
import { defineWorkflow } from "./define-workflow.ts";
import { END } from "./end.ts";

const done = () => complete(1);

describe("defineWorkflow", () => {
  it("makes a workflow with what was left out filled in", () => {
    const workflow = defineWorkflow({ id: "w", entry: "a", nodes: { a: done } });
    expect(workflow).toMatchObject({
      id: "w",
      version: "1",
      entry: "a",
      edges: null,
      varsSchema: null,
      outputSchema: null,
    });
    expect(workflow.nodes.get("a")).toBe(done);
    expect(workflow.answerSchemas.size).toBe(0);
    expect(Object.isFrozen(workflow)).toBe(true);
  });

  it("keeps schemas, and answers that have one", () => {
    const schema = z.object({ n: z.number() });
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      vars: schema,
      output: z.number(),
      nodes: { a: () => goto("b"), b: done },
      answers: { a: z.string(), b: undefined },
      edges: { a: ["b"], b: undefined },
    });
    expect(workflow.varsSchema).toBe(schema);
    expect([...workflow.answerSchemas.keys()]).toEqual(["a"]);
    expect(workflow.edges).toEqual({ a: ["b"], b: [] });
  });

  it("keeps where a run may end, and does not follow what the caller's lists become", () => {
    const targets: ("a" | typeof END)[] = ["a", END];
    const workflow = defineWorkflow({
      id: "w",
      entry: "a",
      nodes: { a: done },
      edges: { a: targets },
    });
    targets.pop();
    expect(workflow.edges).toEqual({ a: ["a", null] });
  });

  it.each<[string, object, RegExp]>([
    ["no nodes", { nodes: {} }, /has no nodes/],
    ["an entry that is no node", { entry: "z" }, /entry: no node "z"; its nodes are a/],
    ["an edge from nowhere", { edges: { z: [] } }, /edges: no node "z"/],
    ["an edge to nowhere", { edges: { a: ["z"] } }, /edges\.a: no node "z"/],
    ["edges that are no object", { edges: 7 }, /edges must be an object/],
    ["targets that are no list", { edges: { a: "a" } }, /edges\.a: give a list of node ids/],
    ["a target that is no text", { edges: { a: [7] } }, /edges\.a: no node "7"/],
    ["an answer of no node", { answers: { z: z.string() } }, /answers: no node "z"/],
    ["a node that is no function", { nodes: { a: 7 } }, /node a is not a function/],
    ["an empty id", { id: "" }, /workflow id must be/],
    ["a long version", { version: "v".repeat(201) }, /version of workflow w must be/],
    ["an id that is no text", { id: 7 }, /workflow id must be/],
    ["an empty node id", { entry: "", nodes: { "": done } }, /node id in workflow w must be/],
  ])("refuses %s", (_what, bad, message) => {
    const definition = { id: "w", entry: "a", nodes: { a: done }, ...bad };
    expect(() => defineWorkflow<string>(definition)).toThrowError(message);
    expect(() => defineWorkflow<string>(definition)).toThrowError(
      expect.objectContaining({ code: "invalid_workflow" }),
    );
  });
});
