import { describe, expect, it } from "vitest";
import { z } from "zod";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "./define-workflow.ts";
import { graphHash } from "./graph-hash.ts";

const done = () => complete(1);

describe("graphHash", () => {
  const base = {
    id: "w",
    version: "1",
    entry: "a",
    nodes: ["a", "b"],
    edges: null,
    schemas: [null, null],
  };

  it("does not mind the order of nodes and edges, nor code", () => {
    const edges = { a: ["b", "a"], b: [] };
    const same = { b: [], a: ["a", "b"] };
    expect(graphHash({ ...base, nodes: ["b", "a"], edges })).toBe(
      graphHash({ ...base, edges: same }),
    );
    const one = defineWorkflow({ id: "w", entry: "a", nodes: { a: done } });
    const other = defineWorkflow({ id: "w", entry: "a", nodes: { a: () => complete(2) } });
    expect(one.graphHash).toBe(other.graphHash);
    expect(one.graphHash).toMatch(/^[0-9a-f]{32}$/);
  });

  it("differs by all that makes a graph", () => {
    const hashes = [
      base,
      { ...base, id: "v" },
      { ...base, version: "2" },
      { ...base, entry: "b" },
      { ...base, nodes: ["a"] },
      { ...base, edges: {} },
      { ...base, schemas: [z.string(), null] },
      { ...base, schemas: [null, z.string()] },
    ].map(graphHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
