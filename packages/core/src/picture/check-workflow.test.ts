import { describe, expect, it } from "vitest";
import { createdBody, firstStep, intentBody, ledgerOf, times, waitOf } from "../../test/records.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import { END } from "../workflow/end.ts";
import type { Edges, Workflow } from "../workflow/workflow.ts";
import { checkWorkflow } from "./check-workflow.ts";
import type { GraphOptions } from "./graph-input.ts";
import { observeEdges } from "./observe-edges.ts";

function workflowOf(nodeIds: readonly string[], edges?: Edges): Workflow {
  return defineWorkflow<string>({
    id: "w",
    entry: nodeIds[0] ?? "",
    nodes: Object.fromEntries(nodeIds.map((nodeId) => [nodeId, () => complete(1)])),
    edges,
  });
}

/** Findings in short: `code@node`. */
function found(workflow: Workflow, options?: GraphOptions): readonly string[] {
  return checkWorkflow(workflow, options).map(({ code, nodeId }) => `${code}@${nodeId}`);
}

const waiting = (fields: Parameters<typeof waitOf>[0] = {}): RecordBody => ({
  kind: "waiting",
  ...firstStep,
  wait: waitOf(fields),
});
const ended = (nodeId: string, status: "completed" | "failed" = "completed"): RecordBody => ({
  kind: "ended",
  nodeId,
  path: [],
  changes: [],
  status,
  output: 1,
  error: null,
  ...times,
});
const completed: RecordBody = { kind: "completed", ...firstStep, resultKey: null, result: 1 };

describe("checkWorkflow", () => {
  it("finds nothing in a graph that is declared and whole", () => {
    const react = workflowOf(["think", "decide", "act"], {
      think: ["decide"],
      decide: ["act", END],
      act: ["think"],
    });
    expect(checkWorkflow(react)).toEqual([]);
  });

  it("says that nothing was checked where nothing is declared", () => {
    expect(checkWorkflow(workflowOf(["first", "second"]))).toEqual([
      {
        code: "edges_not_declared",
        severity: "info",
        nodeId: null,
        message:
          "no edges are declared: whether nodes can be reached and runs can end was not checked",
      },
    ]);
  });

  it("finds nodes that nothing leads to, and circles without an end", () => {
    const edges = { a: ["b"], b: [], lost: ["b"], c: ["d"], d: ["c"] };
    const findings = checkWorkflow(workflowOf(["a", "b", "lost", "c", "d"], edges));
    expect(findings).toMatchObject([
      { code: "unreachable_node", severity: "warning", nodeId: "lost" },
      { code: "unreachable_node", nodeId: "c" },
      { code: "no_way_to_an_end", severity: "warning", nodeId: "c" },
      { code: "unreachable_node", nodeId: "d" },
      { code: "no_way_to_an_end", nodeId: "d" },
    ]);
    expect(findings[0]?.message).toBe('no declared edge leads here from the entry, "a"');
  });

  it("says nothing of what lies behind a node that declares no edges", () => {
    const nodes = ["a", "b", "lost", "c"];
    expect(found(workflowOf(nodes, { a: ["b"], lost: ["c"], c: ["lost"] }))).toEqual([
      "edges_not_declared@b",
      "no_way_to_an_end@lost",
      "no_way_to_an_end@c",
    ]);
    expect(found(workflowOf(nodes, { a: ["a"], lost: ["b"], c: ["lost"] }))).toEqual([
      "no_way_to_an_end@a",
      "edges_not_declared@b",
      "unreachable_node@b",
      "unreachable_node@lost",
      "unreachable_node@c",
    ]);
  });

  it("takes edges that are given instead of the workflow's own", () => {
    const workflow = workflowOf(["a", "b"], { a: ["b"], b: [] });
    expect(found(workflow, { edges: { a: [], b: [] } })).toEqual(["unreachable_node@b"]);
  });

  it("finds edges of and to nodes that there are not", () => {
    const edges = { a: ["b", "nowhere"], b: [], ghost: ["a"] };
    expect(checkWorkflow(workflowOf(["a", "b"]), { edges })).toMatchObject([
      {
        code: "unknown_edge_target",
        severity: "error",
        nodeId: "a",
        message: 'its declared edge leads to "nowhere", which is no node of w',
      },
      { code: "unknown_edge_source", severity: "error", nodeId: "ghost" },
    ]);
  });

  it("counts what records show as ways, too", () => {
    const workflow = workflowOf(["first", "second", "lost"], {
      first: ["first"],
      second: ["second"],
      lost: ["lost"],
    });
    const records = ledgerOf(createdBody(), intentBody(), completed, ended("second"));
    expect(found(workflow, { records })).toEqual([
      "undeclared_edge@first",
      "undeclared_edge@second",
      "unreachable_node@lost",
      "no_way_to_an_end@lost",
      "node_never_observed@lost",
    ]);
  });

  it("calls no node unreachable that a run was at, such as one where branches begin", () => {
    const workflow = workflowOf(["first", "leaf", "lost"], { first: [], leaf: [], lost: [] });
    const records = ledgerOf(createdBody({ nodeId: "leaf" }), ended("leaf"));
    expect(
      found(workflow, { records }).filter((finding) => finding.startsWith("unreachable")),
    ).toEqual(["unreachable_node@lost"]);
  });

  it("takes no failure for an end", () => {
    const workflow = workflowOf(["first"], { first: ["first"] });
    const records = ledgerOf(createdBody(), ended("first", "failed"));
    expect(found(workflow, { records })).toEqual(["no_way_to_an_end@first"]);
  });

  it("says which undeclared edges were passed, and which were only planned", () => {
    const workflow = workflowOf(["first", "second", "third"], {
      first: [END],
      second: [],
      third: [],
    });
    const records = ledgerOf(createdBody(), intentBody({}, { onError: "third" }), completed);
    const findings = checkWorkflow(workflow, { records });
    expect(findings.filter(({ code }) => code === "undeclared_edge")).toMatchObject([
      {
        nodeId: "first",
        severity: "warning",
        message: expect.stringContaining('went to "second"'),
      },
      { nodeId: "first", message: expect.stringContaining('planned to go to "third"') },
    ]);
  });

  it.each<[string, Parameters<typeof waitOf>[0], readonly object[]]>([
    ["for an event without a timeout", {}, [{ severity: "warning", nodeId: "first" }]],
    ["for a child without a timeout", { reason: "subworkflow" }, [{ severity: "info" }]],
    ["with a timeout", { timeout: { at: times.endedAt, node: null } }, []],
    ["until a time", { reason: "until", until: times.endedAt }, []],
  ])("looks at waits %s", (_what, wait, expected) => {
    const records = ledgerOf(createdBody(), intentBody(), waiting(wait));
    const findings = checkWorkflow(workflowOf(["first", "second"]), { records });
    const waits = findings.filter(({ code }) => code === "wait_without_timeout");
    expect(waits).toMatchObject(expected);
    expect(waits).toHaveLength(expected.length);
  });

  it("says who waited without a timeout, and how often", () => {
    const records = ledgerOf(createdBody(), intentBody(), waiting());
    const findings = checkWorkflow(workflowOf(["first"]), { records });
    expect(findings.find(({ code }) => code === "wait_without_timeout")?.message).toBe(
      "runs waited here for event without a timeout (once, first in run run)",
    );
  });

  it("finds nodes that go to themselves at once, nodes that no run came to, and nodes of other versions", () => {
    const workflow = workflowOf(["first", "second", "third"]);
    const records = ledgerOf(
      createdBody(),
      intentBody({ nodeId: "second" }, { path: ["first", "first"], next: "gone" }),
      { ...completed, nodeId: "second" },
    );
    expect(found(workflow, { records })).toEqual([
      "edges_not_declared@null",
      "self_loop_without_wait@first",
      "node_never_observed@third",
      "unknown_node_observed@gone",
    ]);
  });

  it("takes an effect for something between a node and itself", () => {
    const records = ledgerOf(createdBody(), intentBody({}, { next: "first" }), completed);
    expect(found(workflowOf(["first"]), { records })).toEqual(["edges_not_declared@null"]);
  });

  it("says which records it could not use, and takes none for a look at no run", () => {
    const workflow = workflowOf(["first"], { first: [] });
    expect(found(workflow, { records: [] })).toEqual([]);
    const records: readonly LedgerRecord[] = ledgerOf(createdBody(), intentBody(), completed);
    expect(found(workflow, { records: records.slice(1) })).toEqual(["records_not_placed@null"]);
  });

  it("takes what observeEdges made of records", () => {
    const workflow = workflowOf(["first", "second"], { first: ["second"], second: [] });
    const records = ledgerOf(createdBody(), intentBody(), waiting());
    expect(checkWorkflow(workflow, { records: observeEdges(records) })).toEqual(
      checkWorkflow(workflow, { records }),
    );
  });

  it("refuses what is no workflow", () => {
    expect(() => checkWorkflow({} as Workflow)).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});
