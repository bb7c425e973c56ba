import { describe, expect, it } from "vitest";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "./define-workflow.ts";
import type { Workflow } from "./workflow.ts";
import { WorkflowRegistry } from "./workflow-registry.ts";

function workflow(id: string, version: string, ...more: readonly string[]): Workflow {
  const nodes = Object.fromEntries(["a", ...more].map((node) => [node, () => complete(version)]));
  return defineWorkflow<string>({ id, version, entry: "a", nodes });
}

describe("WorkflowRegistry", () => {
  it("starts runs by the latest version, and drives old ones by theirs", () => {
    const [one, two] = [workflow("w", "1"), workflow("w", "2")];
    const registry = new WorkflowRegistry([one, two]);
    expect(registry.get("w")).toBe(two);
    expect(registry.get("w", null)).toBe(two);
    expect(registry.get("w", one.graphHash)).toBe(one);
    expect(registry.get("w", "another graph")).toBeUndefined();
    expect(registry.get("v")).toBeUndefined();
    expect(registry.getOrThrow("w", one.graphHash)).toBe(one);
  });

  it("takes the same graph again, newer code replacing older", () => {
    const [old, mended] = [workflow("w", "1"), workflow("w", "1")];
    const registry = new WorkflowRegistry([old]);
    registry.register(old);
    registry.register(mended);
    expect(registry.get("w", old.graphHash)).toBe(mended);
    expect(registry.refs()).toEqual([
      { workflowId: "w", graphHash: old.graphHash, workflowVersion: old.version },
    ]);
  });

  it("refuses another graph under the same version", () => {
    const registry = new WorkflowRegistry([workflow("w", "1")]);
    expect(() => registry.register(workflow("w", "1", "b"))).toThrowError(
      expect.objectContaining({ code: "duplicate_workflow" }),
    );
  });

  it("knows which version takes over runs of older ones, and looks for their runs", () => {
    const nodes = { a: () => complete(1) };
    const taking = (version: string, ...from: (string | null)[]): Workflow =>
      defineWorkflow({
        id: "w",
        version,
        entry: "a",
        nodes,
        migrate: from.map((old) => ({ from: old })),
      });
    const [second, third] = [taking("2", "1", null), taking("3", "2")];
    const registry = new WorkflowRegistry([second, third]);
    expect(registry.taking("w", "1")).toBe(second);
    expect(registry.taking("w", null)).toBe(second);
    expect(registry.taking("w", "2")).toBe(third);
    expect(registry.taking("w", "3")).toBe(undefined);
    expect(registry.taking("v", "1")).toBe(undefined);
    const fourth = taking("4", "1");
    registry.register(fourth);
    expect(registry.taking("w", "1")).toBe(fourth);
    expect(registry.refs()).toEqual([
      { workflowId: "w", graphHash: second.graphHash, workflowVersion: second.version },
      { workflowId: "w", workflowVersion: "1" },
      { workflowId: "w", graphHash: third.graphHash, workflowVersion: third.version },
      { workflowId: "w", workflowVersion: "2" },
      { workflowId: "w", graphHash: fourth.graphHash, workflowVersion: fourth.version },
      { workflowId: "w", workflowVersion: "1" },
    ]);
  });

  it("knows its ids, and forgets a workflow with all versions", () => {
    const registry = new WorkflowRegistry([
      workflow("w", "1"),
      workflow("w", "2"),
      workflow("v", "1"),
    ]);
    expect(registry.ids()).toEqual(["w", "v"]);
    expect(registry.refs()).toHaveLength(3);
    registry.unregister("w");
    expect(registry.has("w")).toBe(false);
    expect(registry.has("v")).toBe(true);
    const missing = expect.objectContaining({ code: "workflow_not_registered" });
    expect(() => registry.unregister("w")).toThrowError(missing);
    expect(() => registry.getOrThrow("w")).toThrowError(missing);
  });
});
