import { describe, expect, it } from "vitest";
import { newWorld } from "../../test/world.ts";
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
import { askUser, waitEvent, waitUntil } from "../builtin/plan-waits.ts";
import { branches } from "../builtin/plan-children.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { complete, fail, goto } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { observeEdges } from "./observe-edges.ts";
import type { ObservedGraph } from "./observed-graph.ts";

/** Edges in short: `from -kind-> to ×passed`. */
function edgesOf({ edges }: ObservedGraph): readonly string[] {
  return edges.map(
    ({ from, to, kind, passed }) => `${from ?? "•"} -${kind}-> ${to ?? "•"} ×${passed}`,
  );
}

const said = { messageId: null, by: null, nodeId: "first", ...times } as const;
const answered: RecordBody = {
  kind: "answered",
  stepId: "run:1",
  waitId: "wait-1",
  key: "k",
  result: 1,
  error: null,
  ...said,
};
const waiting = (fields: Parameters<typeof waitOf>[0] = {}): RecordBody => ({
  kind: "waiting",
  ...firstStep,
  wait: waitOf(fields),
});
const timedOut = (next: string | null): RecordBody => ({
  kind: "timed_out",
  nodeId: "first",
  stepId: "run:1",
  waitId: "wait-1",
  next,
  result: null,
  ...times,
});

describe("observeEdges", () => {
  it("counts the edges that a run passed, with the nodes between two records", () => {
    const seen = observeEdges(
      ledgerOf(
        createdBody(),
        intentBody({ nodeId: "c" }, { path: ["first", "b", "first", "b"], onError: "d" }),
        { kind: "completed", ...firstStep, nodeId: "c", resultKey: null, result: 1 },
        {
          kind: "ended",
          nodeId: "e",
          path: ["second"],
          changes: [],
          status: "completed",
          output: 1,
          error: null,
          ...times,
        },
      ),
    );
    expect(edgesOf(seen)).toEqual([
      "b -goto-> c ×1",
      "b -goto-> first ×1",
      "c -error-> d ×0",
      "c -next-> second ×1",
      "e -completed-> • ×1",
      "first -goto-> b ×2",
      "second -goto-> e ×1",
      "• -start-> first ×1",
    ]);
    expect(seen).toMatchObject({ runs: 1, unplaced: 0 });
    const visits = Object.fromEntries(seen.nodes.map((node) => [node.nodeId, node.visits]));
    expect(visits).toEqual({ first: 2, b: 2, c: 1, second: 1, e: 1 });
  });

  it.each<[string, JsonObject, readonly string[]]>([
    ["start_subworkflows", { children: [{ node: "a" }, { node: "b" }, { node: "a" }] }, ["a", "b"]],
    ["start_subworkflows", { node: "a", each: [1, 2] }, ["a"]],
    ["start_subworkflows", { children: [{ workflow_id: "v" }] }, []],
    ["start_subworkflows", { children: { $artifact: "x" } }, []],
    ["work", { node: "a", children: [{ node: "b" }] }, []],
  ])("finds where branches begin in the intent of %s %j", (type, payload, nodes) => {
    const effect = { type, payload, resultKey: null, refs: null };
    const seen = observeEdges(ledgerOf(createdBody(), intentBody({}, { effect })));
    const branched = seen.edges.filter(({ kind }) => kind === "branch");
    expect(branched).toEqual(nodes.map((to) => ({ from: "first", to, kind: "branch", passed: 0 })));
  });

  it("goes on from a moved record without a second visit", () => {
    const seen = observeEdges(
      ledgerOf(
        createdBody(),
        { kind: "moved", nodeId: "b", path: ["first"], changes: [], ...times },
        intentBody({ nodeId: "c" }, { path: ["b"] }),
      ),
    );
    expect(edgesOf(seen)).toEqual([
      "b -goto-> c ×1",
      "c -next-> second ×0",
      "first -goto-> b ×1",
      "• -start-> first ×1",
    ]);
    expect(seen.nodes.every(({ visits }) => visits === 1)).toBe(true);
  });

  it.each<[string, readonly RecordBody[], string]>([
    ["an answer", [waiting(), answered], "first -next-> second ×1"],
    [
      "a wait that leads elsewhere",
      [waiting({ resumeToNode: "x" }), answered],
      "first -next-> x ×1",
    ],
    [
      "a wait for what failed",
      [waiting({ onErrorNode: "e" }), { ...answered, error: errorOf() }],
      "first -error-> e ×1",
    ],
    [
      "a timeout with its own node",
      [waiting({ timeout: { at: times.endedAt, node: "t" } }), timedOut("t")],
      "first -timeout-> t ×1",
    ],
    [
      "a timeout without one",
      [waiting({ timeout: { at: times.endedAt, node: null } }), timedOut(null)],
      "first -timeout-> second ×1",
    ],
    [
      "a timer",
      [waiting({ reason: "until", until: times.endedAt }), timedOut(null)],
      "first -next-> second ×1",
    ],
    [
      "a timeout that was only planned",
      [waiting({ timeout: { at: times.endedAt, node: "t" } })],
      "first -timeout-> t ×0",
    ],
    [
      "an effect that failed for good",
      [{ kind: "failed", ...firstStep, resultKey: null, error: errorOf(), retryAt: null }],
      "first -error-> bad ×1",
    ],
    [
      "an effect that fails and is repeated",
      [{ kind: "failed", ...firstStep, resultKey: null, error: errorOf(), retryAt: times.endedAt }],
      "first -error-> bad ×0",
    ],
    [
      "an effect that was repeated",
      [
        { kind: "failed", ...firstStep, resultKey: null, error: errorOf(), retryAt: times.endedAt },
        { kind: "begun", ...firstStep, attempt: 2, intent: null },
        { kind: "completed", ...firstStep, resultKey: null, result: 1 },
      ],
      "first -next-> second ×1",
    ],
    [
      "an unknown outcome that happened",
      [
        { kind: "gated", gate: "unknown_outcome", wait: waitOf(), nodeId: "first", ...times },
        {
          kind: "settled",
          waitId: "w",
          stepId: "run:1",
          verdict: "happened",
          result: 1,
          error: null,
          ...said,
        },
      ],
      "first -next-> second ×1",
    ],
    [
      "an unknown outcome that was given up",
      [
        {
          kind: "settled",
          waitId: "w",
          stepId: "run:1",
          verdict: "give_up",
          result: null,
          error: errorOf(),
          ...said,
        },
      ],
      "first -error-> bad ×1",
    ],
    [
      "an unknown outcome that did not happen",
      [
        {
          kind: "settled",
          waitId: "w",
          stepId: "run:1",
          verdict: "not_happened",
          result: null,
          error: null,
          ...said,
        },
      ],
      "first -next-> second ×0",
    ],
  ])("follows %s", (_what, bodies, edge) => {
    const seen = observeEdges(
      ledgerOf(createdBody(), intentBody({}, { onError: "bad" }), ...bodies),
    );
    expect(edgesOf(seen)).toContain(edge);
    expect(seen.unplaced).toBe(0);
  });

  it("counts failed attempts and waits by node", () => {
    const failed: RecordBody = {
      kind: "failed",
      ...firstStep,
      resultKey: null,
      error: errorOf(),
      retryAt: times.endedAt,
    };
    const seen = observeEdges(
      ledgerOf(createdBody(), intentBody(), failed, failed, waiting({ reason: "user" }), answered),
    );
    expect(seen.nodes.find(({ nodeId }) => nodeId === "first")).toEqual({
      nodeId: "first",
      visits: 1,
      failures: 2,
      waits: [{ reason: "user", ends: false, count: 1, runId: "run" }],
    });
  });

  it("begins where an adopted run stands, and goes on where a fork or a migration says", () => {
    const adopted = runOf(createdBody(), intentBody(), waiting());
    const seen = observeEdges(
      ledgerOf({ kind: "adopted", nodeId: "first", run: adopted, ...times }, answered, {
        kind: "migrated",
        nodeId: "new",
        workflowVersion: "2",
        graphHash: "other",
        changes: [],
        pending: null,
        waiting: null,
        ...times,
      }),
    );
    expect(edgesOf(seen)).toEqual(["first -next-> second ×1"]);
    expect(seen.nodes.map(({ nodeId }) => nodeId)).toEqual(["first", "new", "second"]);
  });

  it("follows the effect that an adopted run was at", () => {
    const adopted = runOf(createdBody(), intentBody());
    const completed: RecordBody = { kind: "completed", ...firstStep, resultKey: null, result: 1 };
    const seen = observeEdges(
      ledgerOf({ kind: "adopted", nodeId: "first", run: adopted, ...times }, completed),
    );
    expect(edgesOf(seen)).toEqual(["first -next-> second ×1"]);
  });

  it("takes what a fork copied for its own, and leaves the run that it is of alone", () => {
    const copied = ledgerOf(createdBody(), intentBody(), waiting());
    const [forked] = ledgerOf({
      kind: "forked",
      nodeId: "first",
      origin: { runId: "run", seq: 3 },
      originCommitId: "commit",
      nonce: "n",
      changes: [],
      pending: null,
      waiting: waitOf({ waitId: "new" }),
      by: null,
      ...times,
    });
    const [own] = ledgerOf(answered);
    const fork = [
      ...copied,
      { ...forked, seq: 4, runId: "fork" },
      { ...own, seq: 5, runId: "fork" },
    ] as LedgerRecord[];
    const seen = observeEdges(fork, { workflowId: "w" });
    expect(edgesOf(seen)).toEqual(["first -next-> second ×1", "• -start-> first ×1"]);
    expect(seen.unplaced).toBe(0);
  });

  it("says how many records it could not place instead of guessing", () => {
    const whole = ledgerOf(
      createdBody(),
      intentBody(),
      { kind: "completed", ...firstStep, resultKey: null, result: 1 },
      intentBody({ nodeId: "second" }, { next: "third" }),
      { kind: "completed", ...firstStep, nodeId: "second", resultKey: null, result: 1 },
    );
    const tail = observeEdges(whole.slice(2));
    expect(edgesOf(tail)).toEqual(["second -next-> third ×1"]);
    expect(tail).toMatchObject({ runs: 0, unplaced: 1 });
    const gap = observeEdges(whole.filter(({ seq }) => seq !== 3 && seq !== 4));
    expect(edgesOf(gap)).toEqual(["first -next-> second ×0", "• -start-> first ×1"]);
    expect(gap.unplaced).toBe(1);
  });

  it("tells runs apart that are mixed, and leaves out those of other workflows", () => {
    const one = ledgerOf(createdBody(), intentBody(), waiting(), answered);
    const two = ledgerOf(createdBody({ workflowId: "v" }), intentBody(), waiting(), answered).map(
      (record) => ({ ...record, runId: "two" }),
    );
    const mixed = one.flatMap((record, at) => [record, two[at] ?? record]);
    expect(edgesOf(observeEdges(mixed))).toContain("first -next-> second ×2");
    const own = observeEdges(mixed, { workflowId: "w" });
    expect(own).toEqual(observeEdges(one));
    const unknown = observeEdges(one.slice(1), { workflowId: "w" });
    expect(unknown).toEqual({ runs: 0, nodes: [], edges: [], unplaced: 3 });
  });

  it("gives the same for an async iterable, and whatever the order of the runs", async () => {
    const one = ledgerOf(createdBody(), intentBody(), waiting(), answered);
    const two = ledgerOf(createdBody({ nodeId: "b" })).map((record) => ({
      ...record,
      runId: "two",
    }));
    async function* later(): AsyncGenerator<LedgerRecord> {
      for (const record of [...two, ...one]) yield await Promise.resolve(record);
    }
    expect(await observeEdges(later())).toEqual(observeEdges([...one, ...two]));
  });

  it("remembers the positions of the 10,000 runs that it met last", () => {
    const [created, begun, again, done] = ledgerOf(
      createdBody(),
      intentBody(),
      { kind: "begun", ...firstStep, attempt: 2, intent: null },
      { kind: "completed", ...firstStep, resultKey: null, result: 1 },
    );
    function* records(runs: number): Generator<LedgerRecord> {
      const of = (run: number, record: LedgerRecord | undefined): LedgerRecord =>
        ({ ...record, runId: `${run}` }) as LedgerRecord;
      for (let run = 0; run < 10_000; run += 1) yield* [of(run, created), of(run, begun)];
      yield of(0, again);
      for (let run = 10_000; run < runs; run += 1) yield of(run, created);
      yield* [of(0, done), of(1, again), of(1, done)];
    }
    expect(observeEdges(records(10_000)).unplaced).toBe(0);
    expect(observeEdges(records(10_001)).unplaced).toBe(1);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "records"],
    ["an object", {}],
    ["a list of other things", [{ kind: "created" }]],
    ["a list of nothing", [null]],
  ])("refuses %s", (_what, records) => {
    expect(() => observeEdges(records as LedgerRecord[])).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });

  it("follows real runs: each call of a handler is one visit", async () => {
    const calls: Record<string, number> = {};
    const counted = (definition: Parameters<typeof defineWorkflow<string>>[0]): Workflow =>
      defineWorkflow<string>({
        ...definition,
        nodes: Object.fromEntries(
          Object.entries(definition.nodes).map(([nodeId, handler]) => [
            nodeId,
            (...given: Parameters<typeof handler>) => {
              calls[nodeId] = (calls[nodeId] ?? 0) + 1;
              return handler(...given);
            },
          ]),
        ),
      });
    const tour = counted({
      id: "tour",
      entry: "begin",
      nodes: {
        begin: () => goto("again"),
        again: (run) => {
          run.vars.n = (run.vars.n ?? 0) + 1;
          return run.vars.n < 3 ? goto("again") : goto("sleep");
        },
        sleep: () => waitUntil({ afterMs: 5, next: "hear" }),
        hear: () => waitEvent({ key: "k", next: "begin", timeoutMs: 5, timeoutNode: "try" }),
        try: () => ({ effect: { type: "nobody" }, nextNode: "begin", onErrorNode: "ask" }),
        ask: () => askUser({ prompt: "?", next: "spread" }),
        spread: () => branches([{ node: "leaf" }, { node: "leaf" }], { next: "fall" }),
        leaf: () => complete(1),
        fall: () => fail("done"),
      },
    });
    const { clock, store, runtime } = newWorld();
    const driver = runtime({ workflows: [tour] });
    const { runId } = await driver.start(tour);
    const driven = driver.run(runId);
    await clock.runUntilIdle();
    await driven;
    const state = await driver.getState(runId);
    await driver.resume(runId, "yes", { waitId: state.waiting?.waitId ?? "" });
    const ended = driver.run(runId);
    await clock.runUntilIdle();
    expect((await ended).status).toBe("failed");
    const { items } = await store.list({});
    const ledgers = await Promise.all(items.map((item) => store.records(item.run.runId)));
    const seen = observeEdges(ledgers.flat(), { workflowId: "tour" });
    expect(Object.fromEntries(seen.nodes.map(({ nodeId, visits }) => [nodeId, visits]))).toEqual(
      calls,
    );
    expect(seen.runs).toBe(3);
    expect(edgesOf(seen)).toEqual([
      "again -goto-> again ×2",
      "again -goto-> sleep ×1",
      "ask -next-> spread ×1",
      "begin -goto-> again ×1",
      "fall -failed-> • ×1",
      "hear -next-> begin ×0",
      "hear -timeout-> try ×1",
      "leaf -completed-> • ×2",
      "sleep -next-> hear ×1",
      "spread -next-> fall ×1",
      "spread -branch-> leaf ×0",
      "try -error-> ask ×1",
      "try -next-> begin ×0",
      "• -start-> begin ×1",
      "• -start-> leaf ×2",
    ]);
  });
});
