import type { Intent, LedgerRecord } from "../src/ledger/ledger-record.ts";
import { stampRecord, type RecordBody } from "../src/ledger/record-body.ts";
import { beginFold } from "../src/run/fold-run.ts";
import type { EffectRequest, Pending } from "../src/run/pending.ts";
import { reduce } from "../src/run/reduce.ts";
import type { RunError, RunState } from "../src/run/run-state.ts";
import type { Wait } from "../src/wait/wait.ts";

/** The moment at which everything in these records happens. */
export const now = Date.parse("2026-01-01T00:00:00.000Z");
export const nowIso = "2026-01-01T00:00:00.000Z";
export const times = { startedAt: nowIso, endedAt: nowIso };

export function createdBody(
  fields: Partial<Extract<RecordBody, { kind: "created" }>> = {},
): RecordBody {
  return {
    kind: "created",
    nodeId: "first",
    workflowId: "w",
    workflowVersion: "1",
    graphHash: "hash",
    vars: {},
    nonce: "nonce",
    parentRunId: null,
    parent: null,
    depth: 0,
    ...times,
    ...fields,
  };
}

/** The intent of the first effect of the run. */
export function intentBody(
  fields: Partial<Extract<RecordBody, { intent: unknown }>> = {},
  intent: Partial<Intent> = {},
): RecordBody {
  const effect: EffectRequest = { type: "work", payload: {}, resultKey: "result", refs: null };
  return {
    kind: "begun",
    nodeId: "first",
    stepId: "run:1",
    ordinal: 1,
    attempt: 1,
    idempotencyKey: "key",
    effectType: "work",
    intent: {
      path: [],
      changes: [],
      effect,
      next: "second",
      onError: null,
      replay: "safe",
      waitId: "wait-1",
      ...intent,
    },
    startedAt: nowIso,
    endedAt: null,
    ...fields,
  };
}

/** The part that records of the first step share. */
export const firstStep = {
  nodeId: "first",
  stepId: "run:1",
  ordinal: 1,
  attempt: 1,
  idempotencyKey: "key",
  effectType: "work",
  ...times,
} as const;

export function waitOf(fields: Partial<Wait> = {}): Wait {
  return {
    waitId: "wait-1",
    stepId: "run:1",
    reason: "event",
    waitKey: "k",
    waitKeys: ["k"],
    until: null,
    resumeToNode: "second",
    onErrorNode: null,
    resultKey: "result",
    prompt: null,
    choices: null,
    allowFreeText: true,
    details: null,
    timeout: null,
    gate: null,
    join: null,
    any: false,
    ...fields,
  };
}

export function errorOf(fields: Partial<RunError> = {}): RunError {
  return {
    code: "boom",
    message: "it broke",
    nodeId: null,
    stepId: null,
    attempt: null,
    ...fields,
  };
}

const identity = { runId: "run", actorId: null, sessionId: null };

/** Give bodies their places from `seq` 1 on, in one commit. */
export function ledgerOf(...bodies: readonly RecordBody[]): readonly LedgerRecord[] {
  return bodies.map((body, index) => {
    const place = { seq: index + 1, revision: 1, commitId: "commit" };
    return { ...stampRecord(body, identity, place), last: index === bodies.length - 1 };
  });
}

/** The run that bodies make. */
export function runOf(...bodies: readonly RecordBody[]): RunState {
  const [first, ...rest] = ledgerOf(...bodies);
  if (first === undefined) throw new Error("no bodies");
  return rest.reduce<RunState>(reduce, beginFold(first));
}

/** What one more body makes of a run. */
export function after(run: RunState, ...bodies: readonly RecordBody[]): RunState {
  return bodies.reduce<RunState>((state, body) => {
    const place = { seq: state.seq + 1, revision: state.revision + 1, commitId: "later" };
    return reduce(state, stampRecord(body, { ...identity, runId: state.runId }, place));
  }, run);
}

/** The pending effect of a run that has one. */
export function pendingOf(run: RunState): Pending {
  if (run.pending === null) throw new Error("the run has nothing pending");
  return run.pending;
}
