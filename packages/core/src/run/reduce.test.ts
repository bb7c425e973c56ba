import { describe, expect, it } from "vitest";
import {
  after,
  createdBody,
  errorOf,
  firstStep,
  intentBody,
  now,
  nowIso,
  pendingOf,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import { stampRecord, type RecordBody } from "../ledger/record-body.ts";
import { formatInstant } from "../time/instant.ts";
import { reduce } from "./reduce.ts";
import type { RunState } from "./run-state.ts";

const said = { messageId: "m", by: "ann", nodeId: "first", ...times } as const;
const wait = waitOf();
const waiting: RecordBody = { kind: "waiting", ...firstStep, wait };
const begunRun = (): RunState => runOf(createdBody({ vars: { kept: 1 } }), intentBody());
const waitingRun = (fields = {}): RunState =>
  runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait: waitOf(fields) });
const gatedRun = (intent = {}): RunState =>
  runOf(createdBody(), intentBody({}, intent), {
    kind: "gated",
    nodeId: "first",
    gate: "unknown_outcome",
    wait: waitOf({ waitId: "gate", gate: "unknown_outcome", resultKey: null, resumeToNode: null }),
    ...times,
  });

const later = formatInstant(now + 5_000);
/** A fork of the run, made later. */
function forkedFrom(
  run: RunState,
  fields: Partial<Extract<RecordBody, { kind: "forked" }>> = {},
): RunState {
  const body: RecordBody = {
    kind: "forked",
    nodeId: "first",
    origin: { runId: run.runId, seq: run.seq },
    originCommitId: "commit",
    nonce: "own nonce",
    changes: [],
    pending: null,
    waiting: null,
    by: "ann",
    startedAt: later,
    endedAt: later,
    ...fields,
  };
  const identity = { runId: "fork", actorId: "eve", sessionId: "s" };
  const place = { seq: run.seq + 1, revision: run.revision + 1, commitId: "forking" };
  return reduce(run, stampRecord(body, identity, place));
}

describe("reduce", () => {
  it("begins an effect with all that its record says", () => {
    const run = runOf(
      createdBody({ vars: { old: 1 } }),
      intentBody(
        { nodeId: "planner" },
        { changes: [{ op: "add", path: "/new", value: 2 }], onError: "mend", replay: "never" },
      ),
    );
    expect(run).toMatchObject({
      status: "running",
      currentNode: "planner",
      vars: { old: 1, new: 2 },
      ordinal: 1,
      seq: 2,
    });
    expect(run.pending).toMatchObject({
      phase: "begun",
      stepId: "run:1",
      next: "second",
      onError: "mend",
      replay: "never",
      waitId: "wait-1",
      attempt: 1,
      failures: 0,
      interruptions: 0,
      notBefore: null,
      startedAt: nowIso,
    });
  });

  it("takes the number of the attempt from a later begun record, and puts a withdrawn one back", () => {
    const again = after(begunRun(), intentBody({ attempt: 2, intent: null }));
    expect(again.pending).toMatchObject({ phase: "begun", attempt: 2, startedAt: nowIso });
    const back = after(again, intentBody({ kind: "ready", attempt: 2, intent: null }));
    expect(back.pending).toMatchObject({ phase: "ready", attempt: 2, startedAt: null });
  });

  it("writes an effect's result at its path and goes to the next node", () => {
    const run = after(begunRun(), {
      kind: "completed",
      ...firstStep,
      resultKey: "result",
      result: { text: "done" },
    });
    expect(run).toMatchObject({
      pending: null,
      currentNode: "second",
      vars: { kept: 1, result: { text: "done" } },
    });
  });

  it("leaves vars as they were for a null result", () => {
    const before = begunRun();
    const run = after(before, {
      kind: "completed",
      ...firstStep,
      resultKey: "result",
      result: null,
    });
    expect(run.vars).toBe(before.vars);
  });

  it("counts a failed attempt and makes the effect ready for the next one", () => {
    const retryAt = formatInstant(now + 1_000);
    const run = after(begunRun(), {
      kind: "failed",
      ...firstStep,
      resultKey: null,
      error: errorOf(),
      retryAt,
    });
    expect(run.pending).toMatchObject({
      phase: "ready",
      attempt: 2,
      failures: 1,
      notBefore: retryAt,
      startedAt: null,
    });
  });

  it("tells an effect's failure to its onError node, under the result key", () => {
    const failed: RecordBody = {
      kind: "failed",
      ...firstStep,
      resultKey: "result",
      error: errorOf(),
      retryAt: null,
    };
    const handled = after(runOf(createdBody(), intentBody({}, { onError: "mend" })), failed);
    expect(handled).toMatchObject({
      status: "running",
      currentNode: "mend",
      pending: null,
      vars: { result: { error: { code: "boom", message: "it broke" } } },
    });
    const unhandled = after(begunRun(), failed);
    expect(unhandled).toMatchObject({ currentNode: "first", pending: null, vars: { kept: 1 } });
  });

  it("counts interruptions apart from failures", () => {
    const run = after(begunRun(), { kind: "interrupted", ...firstStep });
    expect(run.pending).toMatchObject({
      phase: "ready",
      attempt: 2,
      failures: 0,
      interruptions: 1,
    });
  });

  it("forgets the effect when it waits, and keeps it behind a gate", () => {
    expect(waitingRun()).toMatchObject({ status: "waiting", waiting: wait, pending: null });
    expect(gatedRun()).toMatchObject({ status: "waiting", pending: { stepId: "run:1" } });
  });

  it("goes on where the wait says, with the answer under its result key", () => {
    const answered: RecordBody = {
      kind: "answered",
      stepId: "run:1",
      waitId: "wait-1",
      key: null,
      result: "yes",
      error: null,
      ...said,
    };
    expect(after(waitingRun({ resultKey: "deep.answer" }), answered)).toMatchObject({
      status: "running",
      waiting: null,
      currentNode: "second",
      vars: { deep: { answer: "yes" } },
    });
    expect(after(waitingRun({ resumeToNode: null }), answered).currentNode).toBe("first");
  });

  it("tells the failure of what was waited for to the wait's onError node", () => {
    const answered: RecordBody = {
      kind: "answered",
      stepId: "run:1",
      waitId: "wait-1",
      key: null,
      result: null,
      error: errorOf(),
      ...said,
    };
    expect(after(waitingRun({ onErrorNode: "mend" }), answered)).toMatchObject({
      currentNode: "mend",
      vars: { result: { error: { code: "boom" } } },
    });
  });

  it("goes to the timeout's own node, else where the wait would have gone on", () => {
    const timedOut = (next: string | null): RecordBody => ({
      kind: "timed_out",
      nodeId: "first",
      stepId: "run:1",
      waitId: "wait-1",
      next,
      result: { timed_out: true },
      ...times,
    });
    expect(after(waitingRun(), timedOut("late")).currentNode).toBe("late");
    expect(after(waitingRun(), timedOut(null))).toMatchObject({
      currentNode: "second",
      vars: { result: { timed_out: true } },
    });
  });

  it.each([
    [
      "happened",
      { found: 1 },
      { currentNode: "second", pending: null, vars: { result: { found: 1 } } },
    ],
    ["not_happened", null, { currentNode: "first", pending: { interruptions: 0 }, vars: {} }],
  ] as const)("settles an effect that %s", (verdict, result, expected) => {
    const settled: RecordBody = {
      kind: "settled",
      waitId: "gate",
      stepId: "run:1",
      verdict,
      result,
      error: null,
      ...said,
    };
    const run = after(gatedRun(), settled);
    expect(run).toMatchObject({ status: "running", waiting: null, ...expected });
  });

  it("lets the onError node hear of an effect that is given up", () => {
    const settled: RecordBody = {
      kind: "settled",
      waitId: "gate",
      stepId: "run:1",
      verdict: "give_up",
      result: null,
      error: errorOf({ code: "unknown_outcome" }),
      ...said,
    };
    expect(after(gatedRun({ onError: "mend" }), settled)).toMatchObject({
      currentNode: "mend",
      vars: { result: { error: { code: "unknown_outcome" } } },
    });
  });

  it("goes on at its node when a gate without an effect is settled", () => {
    const stuck = runOf(createdBody(), {
      kind: "gated",
      nodeId: "first",
      gate: "stuck",
      wait: waitOf({ waitId: "gate", gate: "stuck", stepId: null }),
      ...times,
    });
    const settled: RecordBody = {
      kind: "settled",
      waitId: "gate",
      stepId: null,
      verdict: "not_happened",
      result: null,
      error: null,
      ...said,
    };
    expect(after(stuck, settled)).toMatchObject({ status: "running", currentNode: "first" });
  });

  it("moves with the changes of the handlers that ran", () => {
    const run = after(runOf(createdBody()), {
      kind: "moved",
      nodeId: "later",
      path: ["first", "second"],
      changes: [{ op: "add", path: "/n", value: 3 }],
      ...times,
    });
    expect(run).toMatchObject({ currentNode: "later", vars: { n: 3 }, pending: null });
  });

  it("ends with an output or an error, at the node that decided", () => {
    const base = { kind: "ended", nodeId: "last", path: [], ...times } as const;
    const completed = after(runOf(createdBody()), {
      ...base,
      changes: [{ op: "add", path: "/n", value: 1 }],
      status: "completed",
      output: 7,
      error: null,
    });
    expect(completed).toMatchObject({
      status: "completed",
      output: 7,
      currentNode: "last",
      vars: { n: 1 },
    });
    const failed = after(runOf(createdBody()), {
      ...base,
      changes: [],
      status: "failed",
      output: null,
      error: errorOf(),
    });
    expect(failed).toMatchObject({ status: "failed", output: null, error: { code: "boom" } });
  });

  it("keeps the reason of a cancel as the run's error", () => {
    const run = after(begunRun(), { kind: "cancelled", reason: "enough", ...said });
    expect(run).toMatchObject({
      status: "cancelled",
      pending: null,
      error: { code: "cancelled", message: "enough", nodeId: "first" },
    });
  });

  it("pauses beside any status and touches nothing else", () => {
    const before = waitingRun();
    const paused = after(before, { kind: "paused", ...said });
    expect(paused).toMatchObject({ status: "waiting", waiting: wait, paused: true });
    expect(after(paused, { kind: "unpaused", ...said })).toMatchObject({
      paused: false,
      waiting: wait,
    });
  });

  it("changes vars by new limits, and nothing by what was refused or came late", () => {
    const limits: RecordBody = {
      kind: "limits",
      changes: [{ op: "add", path: "/_limits", value: { max_tokens: 5 } }],
      ...said,
    };
    const run = after(begunRun(), limits);
    expect(run.vars).toEqual({ kept: 1, _limits: { max_tokens: 5 } });
    const told = after(
      run,
      { kind: "refused", waitId: null, reason: errorOf(), ...said },
      { kind: "late", stepId: "run:1", attempt: 1, result: 1, error: null, ...said },
    );
    expect({ ...told, seq: 0, revision: 0 }).toEqual({ ...run, seq: 0, revision: 0 });
  });

  it("counts the children of a join that have begun", () => {
    const join = {
      intentSeq: 2,
      total: 5,
      begun: 2,
      need: 5,
      onFailure: "settle",
      maxConcurrency: 2,
    } as const;
    const run = waitingRun({ join });
    const more = after(run, { kind: "branched", ...said, waitId: "wait-1", begun: 4 });
    expect(more).toMatchObject({ status: "waiting", waiting: { join: { total: 5, begun: 4 } } });
    expect(run.waiting?.join?.begun).toBe(2);
    for (const begun of [0, 2, 6])
      expect(() => after(run, { kind: "branched", ...said, waitId: "wait-1", begun })).toThrowError(
        /branched/,
      );
  });

  it("makes a fork a run of its own, which nobody started or paused", () => {
    const parent = {
      runId: "above",
      stepId: "above:1",
      waitId: "w",
      index: null,
      branch: false,
    };
    const origin = { runId: "run", seq: 3 };
    const copied = runOf(
      createdBody({ vars: { kept: 1 }, parentRunId: "above", parent, depth: 2 }),
      intentBody(),
      { kind: "paused", ...said },
    );
    const fork = forkedFrom(copied, { changes: [{ op: "add", path: "/forked", value: true }] });
    expect(fork).toMatchObject({
      runId: "fork",
      workflowId: "w",
      status: "running",
      currentNode: "first",
      nonce: "own nonce",
      origin,
      parentRunId: null,
      parent: null,
      depth: 0,
      paused: false,
      actorId: "eve",
      sessionId: "s",
      vars: { kept: 1, forked: true },
      pending: null,
      createdAt: later,
      updatedAt: later,
      seq: 4,
      ordinal: 1,
    });
  });

  it("opens the fork of a run that has ended, with the step and the wait that its record says", () => {
    const ended = after(begunRun(), { kind: "cancelled", ...said, reason: "enough" });
    expect(forkedFrom(ended)).toMatchObject({ status: "running", error: null, waiting: null });
    const pending = { ...pendingOf(begunRun()), stepId: "fork:1" };
    expect(forkedFrom(ended, { pending })).toMatchObject({ status: "running", pending });
    const own = waitOf({ waitId: "own wait" });
    expect(forkedFrom(ended, { waiting: own })).toMatchObject({ status: "waiting", waiting: own });
  });

  it("goes on after a fork's record with records of the fork alone", () => {
    const fork = forkedFrom(begunRun());
    expect(after(fork, intentBody({ stepId: "fork:2", ordinal: 2 })).ordinal).toBe(2);
    const foreign = stampRecord(
      { kind: "paused", ...said },
      { runId: "run", actorId: null, sessionId: null },
      { seq: fork.seq + 1, revision: 3, commitId: "c" },
    );
    expect(() => reduce(fork, foreign)).toThrowError(
      expect.objectContaining({ code: "store_corrupt" }),
    );
  });

  it("takes a migrated run's graph, node, step and wait from the record", () => {
    const migrated = {
      kind: "migrated",
      workflowVersion: "2",
      graphHash: "new hash",
      changes: [{ op: "add", path: "/new", value: 2 }],
      ...times,
    } as const;
    const pending = { ...pendingOf(begunRun()), next: "third" };
    const run = after(begunRun(), { ...migrated, nodeId: "renamed", pending, waiting: null });
    expect(run).toMatchObject({
      runId: "run",
      status: "running",
      currentNode: "renamed",
      workflowVersion: "2",
      graphHash: "new hash",
      vars: { kept: 1, new: 2 },
      pending: { stepId: "run:1", next: "third" },
    });
    const renamed = waitOf({ resumeToNode: "third" });
    const waiter = after(waitingRun(), {
      ...migrated,
      nodeId: "first",
      pending: null,
      waiting: renamed,
    });
    expect(waiter).toMatchObject({ status: "waiting", waiting: renamed, pending: null });
    expect(after(waiter, { kind: "paused", ...said }).status).toBe("waiting");
  });

  it("does not change the run that it folds into", () => {
    const before = begunRun();
    const copy = structuredClone(before);
    after(before, { kind: "completed", ...firstStep, resultKey: "kept", result: 9 });
    expect(before).toEqual(copy);
  });

  it.each<[string, Partial<Parameters<typeof stampRecord>[2]>, string, RecordBody]>([
    ["of another run", {}, "other", waiting],
    ["after a gap", { seq: 9 }, "run", waiting],
    ["of a step that is not open", {}, "run", { ...waiting, stepId: "run:9" }],
    [
      "that ends a wait that is not open",
      {},
      "run",
      {
        kind: "timed_out",
        nodeId: "first",
        stepId: null,
        waitId: "other",
        next: null,
        result: null,
        ...times,
      },
    ],
    ["that begins a ledger", {}, "run", createdBody()],
    [
      "that begins children of a wait that is not open",
      {},
      "run",
      { kind: "branched", ...said, waitId: "wait-1", begun: 1 },
    ],
    [
      "that makes another run's of it without a fork",
      {},
      "another",
      {
        kind: "migrated",
        nodeId: "first",
        workflowVersion: "2",
        graphHash: "h",
        changes: [],
        pending: null,
        waiting: null,
        ...times,
      },
    ],
  ])("refuses a record %s", (_what, place, runId, body) => {
    const run = begunRun();
    const record = stampRecord(
      body,
      { runId, actorId: null, sessionId: null },
      { seq: run.seq + 1, revision: 2, commitId: "c", ...place },
    );
    expect(() => reduce(run, record)).toThrowError(
      expect.objectContaining({ code: "store_corrupt" }),
    );
    expect(pendingOf(run).stepId).toBe("run:1");
  });

  it("refuses a migration that changes the step or the wait, or of a run that has ended", () => {
    const migrated = {
      kind: "migrated",
      nodeId: "first",
      workflowVersion: "2",
      graphHash: "h",
      changes: [],
      pending: null,
      waiting: null,
      ...times,
    } as const;
    const pending = pendingOf(begunRun());
    const ended = after(begunRun(), { kind: "cancelled", reason: "over", ...said });
    const cases: readonly (readonly [RunState, RecordBody])[] = [
      [begunRun(), migrated],
      [begunRun(), { ...migrated, pending: { ...pending, stepId: "run:2" } }],
      [begunRun(), { ...migrated, pending, waiting: waitOf() }],
      [waitingRun(), migrated],
      [waitingRun(), { ...migrated, waiting: waitOf({ waitId: "another" }) }],
      [ended, migrated],
    ];
    for (const [run, body] of cases)
      expect(() => after(run, body)).toThrowError(
        expect.objectContaining({ code: "store_corrupt" }),
      );
  });

  it("refuses children that begin for a wait that has none", () => {
    const body: RecordBody = { kind: "branched", ...said, waitId: "wait-1", begun: 1 };
    expect(() => after(waitingRun(), body)).toThrowError(
      expect.objectContaining({ code: "store_corrupt" }),
    );
  });
});
