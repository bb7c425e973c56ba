import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyText } from "../../test/arbitrary-json.ts";
import { parseMermaid, type ParsedFlowchart } from "../../test/parse-mermaid.ts";
import {
  createdBody,
  errorOf,
  firstStep,
  intentBody,
  ledgerOf,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import { END } from "../workflow/end.ts";
import type { Edges, Workflow } from "../workflow/workflow.ts";
import type { PicturedRun } from "./run-marks.ts";
import { toMermaid } from "./to-mermaid.ts";

function workflowOf(nodeIds: readonly string[], edges?: Edges): Workflow {
  return defineWorkflow<string>({
    id: "w",
    entry: nodeIds[0] ?? "",
    nodes: Object.fromEntries(nodeIds.map((nodeId) => [nodeId, () => complete(1)])),
    edges,
  });
}

const nodes = ["first", "second", "third"];
const workflow = workflowOf(nodes);
const completed: RecordBody = { kind: "completed", ...firstStep, resultKey: null, result: 1 };
const failedAttempt: RecordBody = {
  kind: "failed",
  ...firstStep,
  resultKey: null,
  error: errorOf(),
  retryAt: times.endedAt,
};
const waiting = (fields: Parameters<typeof waitOf>[0] = {}): RecordBody => ({
  kind: "waiting",
  ...firstStep,
  wait: waitOf(fields),
});

function pictured(...bodies: readonly RecordBody[]): PicturedRun {
  const all = [createdBody(), ...bodies];
  return { state: runOf(...all), records: ledgerOf(...all) };
}

/** What the picture says of each node, by its first line. */
async function seenNodes(text: string): Promise<Record<string, readonly string[]>> {
  return nodesOf(await parseMermaid(text));
}

function nodesOf({ vertices }: ParsedFlowchart): Record<string, readonly string[]> {
  const entries = vertices.map(({ text, classes }): [string, readonly string[]] => {
    const [name = "", ...notes] = text.split("<br/>");
    return [name, [...notes, ...classes]];
  });
  return Object.fromEntries(entries);
}

/** Arrows in short, by the names of nodes. */
function arrows({ vertices, edges }: ParsedFlowchart): readonly string[] {
  const names = new Map(vertices.map(({ id, text }) => [id, text.split("<br/>")[0] ?? ""]));
  const nameOf = (id: string): string =>
    id === "start" || id === "stop" ? id : (names.get(id) ?? "");
  const strokes = { normal: "-->", thick: "==>", dotted: "-.->" };
  return edges.map(
    ({ start, end, text, stroke }) =>
      `${nameOf(start)} ${strokes[stroke]}${text === "" ? "" : `|${text}|`} ${nameOf(end)}`,
  );
}

describe("toMermaid", () => {
  it("draws nodes, declared edges and ends", async () => {
    const text = toMermaid(
      workflowOf(nodes, { first: ["second", "third"], second: ["first", END], third: [] }),
    );
    expect(text).toMatchInlineSnapshot(`
      "flowchart TD
        start((" "))
        n0(["first"])
        n1["second"]
        n2["third"]
        stop(((" ")))
        start --> n0
        n0 --> n1
        n0 --> n2
        n1 --> n0
        n1 --> stop
        n2 --> stop
        classDef terminal fill:#868e96,stroke:#868e96,color:#868e96
        class start,stop terminal
      "
    `);
    expect(arrows(await parseMermaid(text))).toEqual([
      "start --> first",
      "first --> second",
      "first --> third",
      "second --> first",
      "second --> stop",
      "third --> stop",
    ]);
  });

  it("draws nodes alone when nothing is known of their edges", async () => {
    const { vertices, edges } = await parseMermaid(toMermaid(workflow));
    expect(vertices.map(({ text }) => text)).toEqual(["", ...nodes]);
    expect(edges).toHaveLength(1);
  });

  it("draws what records show: dotted where undeclared, with how often", async () => {
    const run = pictured(
      intentBody({}, { path: ["first", "second", "first"], onError: "third" }),
      completed,
    );
    const given = workflowOf(nodes, { first: ["second"] });
    const text = toMermaid(given, { records: [...(run.records ?? []), ...(run.records ?? [])] });
    expect(arrows(await parseMermaid(text))).toEqual([
      "start -->|2×| first",
      "first -.->|2×| first",
      "first -->|4×| second",
      "first -.->|on error| third",
      "second -.->|2×| first",
    ]);
  });

  it("counts what the run did alone where a run is drawn", async () => {
    const run = pictured(intentBody({}, { path: ["first", "second", "first", "second"] }));
    const others = pictured(intentBody({}, { path: ["first", "third"] }), completed);
    const records = [...(others.records ?? []), ...(others.records ?? [])];
    expect(arrows(await parseMermaid(toMermaid(workflow, { run, records })))).toEqual([
      "start ==> first",
      "first ==>|2×| second",
      "first -.-> third",
      "second ==>|2×| first",
      "third -.-> first",
    ]);
  });

  it("says of a declared edge what records show of it", async () => {
    const { records } = pictured(intentBody({}, { onError: "third" }));
    const given = workflowOf(nodes, { first: ["second", "third"] });
    expect(arrows(await parseMermaid(toMermaid(given, { records })))).toEqual([
      "start --> first",
      "first --> second",
      "first -->|on error| third",
    ]);
  });

  it("draws a run's path thick, on declared edges and others", async () => {
    const run = pictured(intentBody({}, { path: ["first", "third"] }), completed);
    const given = workflowOf(nodes, { first: ["second"], second: ["third"] });
    const text = toMermaid(given, { run });
    expect(arrows(await parseMermaid(text))).toEqual([
      "start ==> first",
      "first ==> second",
      "first ==> third",
      "second --> third",
      "third ==> first",
    ]);
    expect(await seenNodes(text)).toMatchObject({
      first: ["passed"],
      second: ["current"],
      third: ["passed"],
    });
  });

  it.each<[string, readonly RecordBody[], readonly string[]]>([
    ["a run that is at work", [intentBody()], ["work", "current"]],
    [
      "a run that tries again later",
      [intentBody(), failedAttempt],
      ["work, again at 2026-01-01T00:00:00.000Z", "1 failed attempt", "current"],
    ],
    [
      "a wait for an event",
      [intentBody(), waiting({ waitKey: "order:7", waitKeys: ["order:7"] })],
      ["waits for event order:7", "waiting"],
    ],
    [
      "a wait for any of many events",
      [intentBody(), waiting({ waitKeys: ["a", "b]", "c", "d"] })],
      ["waits for event a, b], c, …", "waiting"],
    ],
    [
      "a wait for a person, with a timeout",
      [
        intentBody(),
        waiting({
          reason: "user",
          waitKey: null,
          waitKeys: [],
          timeout: { at: "2026-01-02T00:00:00.000Z", node: "third" },
        }),
      ],
      ["waits for user", "timeout at 2026-01-02T00:00:00.000Z", "waiting"],
    ],
    [
      "a timer",
      [intentBody(), waiting({ reason: "until", until: "2026-01-02T00:00:00.000Z" })],
      ["waits until 2026-01-02T00:00:00.000Z", "waiting"],
    ],
    [
      "a wait for events or a time",
      [intentBody(), waiting({ until: "2026-01-02T00:00:00.000Z" })],
      ["waits for event k, until 2026-01-02T00:00:00.000Z", "waiting"],
    ],
    [
      "a gate",
      [
        intentBody(),
        {
          kind: "gated",
          nodeId: "first",
          gate: "unknown_outcome",
          wait: waitOf({ gate: "unknown_outcome", reason: "user" }),
          ...times,
        },
      ],
      ["gate unknown_outcome before work", "waiting"],
    ],
    [
      "a failed run",
      [
        intentBody(),
        failedAttempt,
        {
          kind: "ended",
          nodeId: "first",
          path: [],
          changes: [],
          status: "failed",
          output: null,
          error: errorOf({ code: "effect_failed" }),
          ...times,
        },
      ],
      ["failed with effect_failed", "1 failed attempt", "failed"],
    ],
    [
      "a cancelled run",
      [
        intentBody(),
        { kind: "cancelled", reason: "r", messageId: null, by: null, nodeId: "first", ...times },
      ],
      ["cancelled", "cancelled"],
    ],
    [
      "a paused run",
      [intentBody(), { kind: "paused", messageId: null, by: null, nodeId: "first", ...times }],
      ["paused", "work", "current"],
    ],
    [
      "a completed run",
      [
        {
          kind: "ended",
          nodeId: "first",
          path: [],
          changes: [],
          status: "completed",
          output: 1,
          error: null,
          ...times,
        },
      ],
      ["completed", "completed"],
    ],
  ])("shows %s", async (_what, bodies, seen) => {
    const run = pictured(...bodies);
    const parsed = await parseMermaid(toMermaid(workflow, { run }));
    expect(nodesOf(parsed)["first"]).toEqual(seen);
    expect(parsed.classes).toContain(seen.at(-1));
    const { records: _, ...alone } = run;
    expect((await seenNodes(toMermaid(workflow, { run: alone })))["first"]).toEqual(
      seen.filter((note) => !note.includes("failed attempt")),
    );
  });

  it("marks nodes with failed attempts that the run has left", async () => {
    const run = pictured(intentBody(), failedAttempt, failedAttempt, completed);
    expect(await seenNodes(toMermaid(workflow, { run }))).toMatchObject({
      first: ["2 failed attempts", "retried"],
      second: ["current"],
    });
  });

  it("shows nodes that the workflow lacks, such as those of an older version, after its own", async () => {
    const run = pictured(intentBody({}, { next: "gone" }), completed);
    const edges = { third: ["nowhere", "anywhere"] };
    const parsed = await parseMermaid(toMermaid(workflow, { run, edges }));
    expect(nodesOf(parsed)).toMatchObject({ gone: ["current", "unknown"], nowhere: ["unknown"] });
    const drawn = parsed.vertices.filter(({ id }) => /^n\d/.test(id));
    expect(drawn.map(({ text }) => text)).toEqual([...nodes, "anywhere", "gone", "nowhere"]);
  });

  it("takes a fork with the records that it copied", async () => {
    const copied = ledgerOf(createdBody(), intentBody(), completed);
    const state = { ...runOf(createdBody(), intentBody(), completed), runId: "fork", seq: 4 };
    const [forked] = ledgerOf({
      kind: "forked",
      nodeId: "second",
      origin: { runId: "run", seq: 3 },
      originCommitId: "commit",
      nonce: "n",
      changes: [],
      pending: null,
      waiting: null,
      by: null,
      ...times,
    });
    if (forked === undefined) throw new Error("no record");
    const records = [...copied, { ...forked, seq: 4, runId: "fork" }];
    const text = toMermaid(workflow, { run: { state, records } });
    expect(arrows(await parseMermaid(text))).toEqual(["start ==> first", "first ==> second"]);
  });

  it("leaves out what happened after the state that is drawn", async () => {
    const { records } = pictured(intentBody(), completed);
    const run = { state: runOf(createdBody(), intentBody()), records };
    expect(arrows(await parseMermaid(toMermaid(workflow, { run })))).toEqual([
      "start ==> first",
      "first -.-> second",
    ]);
  });

  it("goes the way it is told", () => {
    expect(toMermaid(workflow, { direction: "LR" })).toMatch(/^flowchart LR\n/);
  });

  it("keeps within Mermaid's limits, what the run touched first, and says what is missing", async () => {
    const ids = Array.from({ length: 2_000 }, (_, at) => `node "${at}"`);
    const edges = Object.fromEntries(ids.map((id, at) => [id, [ids[at + 1] ?? END]]));
    const large = workflowOf(ids, edges);
    const last = ids.at(-1) ?? "";
    const path = ids.slice(0, 1_000);
    const passed: RecordBody = { kind: "moved", nodeId: last, path, changes: [], ...times };
    const bodies = [createdBody({ nodeId: ids[0] ?? "" }), passed];
    const run = { state: runOf(...bodies), records: ledgerOf(...bodies) };
    for (const [maxTextSize, maxEdges] of [
      [4_000, 20],
      [20_000, 600],
    ] as const) {
      const text = toMermaid(large, { run, maxTextSize, maxEdges });
      expect(text.length).toBeLessThanOrEqual(maxTextSize);
      const parsed = await parseMermaid(text);
      const { vertices, edges: drawn } = parsed;
      expect(drawn.length).toBeLessThanOrEqual(maxEdges);
      expect(nodesOf(parsed)).toMatchObject({ 'node "0"': ["passed"], [last]: ["current"] });
      const shown = vertices.filter(({ id }) => /^n\d/.test(id));
      expect(shown.every(({ classes }) => classes.length === 1)).toBe(true);
      const missing = { nodes: 2_000 - shown.length, edges: 2_002 - drawn.length };
      const more = vertices.find(({ id }) => id === "more")?.text;
      expect(more).toBe(`${missing.nodes} nodes and ${missing.edges} edges are not shown`);
    }
    expect(toMermaid(large, { maxTextSize: 1_000_000, maxEdges: 10_000 })).not.toContain("more");
  });

  it("gives text that Mermaid reads, with each node and each edge once, whatever the ids", async () => {
    const nodeId = fc.oneof(
      anyText,
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "end",
        "n0",
        "start",
        "stop",
        "style",
        "classDef",
        'a"]',
        "a-->b",
        "%%{init:{}}%%",
      ),
      fc.constantFrom(
        "subgraph",
        "a\nb",
        "\uD800",
        "__proto__",
        "constructor",
        ";",
        ":::",
        "|x|",
        "1",
      ),
    );
    const graph = fc
      .uniqueArray(nodeId, { minLength: 1, maxLength: 6 })
      .filter((ids) => ids.some((id) => id !== ""))
      .chain((ids) => {
        const targets = fc.uniqueArray(fc.oneof(fc.constant(END), fc.constantFrom(...ids)));
        return fc.record({ ids: fc.constant(ids), targets: fc.array(targets, { maxLength: 6 }) });
      });
    await fc.assert(
      fc.asyncProperty(graph, async ({ ids, targets }) => {
        const own = ids.filter((id) => id !== ""); // no workflow has it, but an edge may name it
        const given = workflowOf(own);
        const edges: Edges = Object.fromEntries(
          targets.map((to, at) => [ids[at % ids.length] ?? "", to]),
        );
        const ends = Object.entries(edges)
          .flat(2)
          .filter((name) => name !== END);
        const named = new Set([...own, ...ends]);
        const text = toMermaid(given, { edges });
        expect(toMermaid(given, { edges })).toBe(text);
        const parsed = await parseMermaid(text);
        const shown = parsed.vertices.filter(({ id }) => /^n\d/.test(id));
        expect(shown.map((vertex) => vertex.text).toSorted()).toEqual(
          Array.from(named, visible).toSorted(),
        );
        expect(text.match(/^ {2}n\d+[[(]/gm)).toHaveLength(shown.length);
        const pairs = Object.entries(edges).flatMap(([from, to]) =>
          (to.length === 0 ? [END] : to).map((target) => [
            visible(from),
            target === END ? undefined : visible(target),
          ]),
        );
        const texts = new Map(shown.map(({ id, text: seen }) => [id, seen]));
        const drawn = parsed.edges.map(({ start, end }) => [texts.get(start), texts.get(end)]);
        expect(sorted(drawn)).toEqual(sorted([[undefined, visible(own[0] ?? "")], ...pairs]));
        expect(parsed.edges.every(({ stroke }) => stroke === "normal")).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ["no workflow", undefined, {}, /workflow: give what defineWorkflow returned/],
    ["a definition", { id: "w", entry: "a", nodes: {} }, {}, /workflow: give/],
    ["a run without a state", workflow, { run: {} }, /run: give/],
    [
      "a run of another workflow",
      workflow,
      { run: { state: runOf(createdBody({ workflowId: "v" })) } },
      /run: it is of workflow v, not of w/,
    ],
    [
      "records of another run",
      workflow,
      { run: { state: { ...runOf(createdBody()), runId: "x" }, records: ledgerOf(createdBody()) } },
      /run\.records: of run; give those of run x/,
    ],
    [
      "records of several runs",
      workflow,
      {
        run: {
          state: runOf(createdBody()),
          records: ["x", "run"].flatMap((runId) =>
            ledgerOf(createdBody()).map((record) => ({ ...record, runId })),
          ),
        },
      },
      /run\.records: of x and run; give/,
    ],
    [
      "a list of something else",
      workflow,
      { run: { state: runOf(createdBody()), records: [null] } },
      /records: one of them is not a ledger record/,
    ],
    [
      "records that are none",
      workflow,
      { run: { state: runOf(createdBody()), records: 7 } },
      /run\.records: give an iterable/,
    ],
    ["a promise", workflow, { records: Promise.resolve([]) }, /records: .*await observeEdges/],
    ["edges that are no object", workflow, { edges: 7 }, /edges: give targets by node id/],
    ["targets that are no list", workflow, { edges: { first: "second" } }, /edges\.first: give/],
    ["a target that is none", workflow, { edges: { first: [7] } }, /edges\.first: give/],
    ["an unknown direction", workflow, { direction: "UP" }, /direction: give one of TB, TD/],
    ["no edges at all", workflow, { maxEdges: 0 }, /maxEdges/],
    ["hardly any text", workflow, { maxTextSize: 100 }, /maxTextSize: give an integer from 4000/],
  ])("refuses %s", (_what, given, options, message) => {
    const draw = (): string => toMermaid(given as Workflow, options as object);
    expect(draw).toThrowError(message);
    expect(draw).toThrowError(expect.objectContaining({ code: "invalid_argument" }));
  });
});

function sorted(pairs: readonly (readonly (string | undefined)[])[]): readonly string[] {
  return pairs.map((pair) => JSON.stringify(pair)).toSorted();
}

/** A node id as a picture shows it: what can't be seen by its code point, all spaces, and no marks without width. */
function visible(nodeId: string): string {
  if (nodeId === "") return '""';
  return nodeId
    .replaceAll(
      /(?![\u200C\u200D])[\p{C}\p{Zl}\p{Zp}]/gu,
      (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`,
    )
    .replaceAll(/^ | $/g, "\u00A0")
    .replaceAll(/ (?= )|(?<=[ \u00A0]) /g, "\u00A0");
}
