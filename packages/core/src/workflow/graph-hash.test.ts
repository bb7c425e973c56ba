import { describe, expect, it } from "vitest";
import { z } from "zod";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "./define-workflow.ts";
import { END } from "./end.ts";
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

  it("does not mind where the end stands among targets, nor takes it for a node", () => {
    const hashes = [
      ["a", END, "null"],
      ["null", END, "a", END],
      ["null", "a"],
    ].map((to) => graphHash({ ...base, nodes: ["a", "null"], edges: { a: to } }));
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it("stays what it was for graphs that runs under way remember", () => {
    expect(graphHash(base)).toBe("cfefb67ab56755b40becab01fdee9e1e");
    expect(graphHash({ ...base, edges: { a: ["b", "a"], b: [] } })).toBe(
      "eb35cea74468c026a64c13a4f8689d4a",
    );
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
