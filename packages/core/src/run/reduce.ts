import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { setAtPath } from "../json/dotted-path.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { applyPatch } from "../json/patch.ts";
import type {
  AnsweredRecord,
  CompletedRecord,
  CreatedRecord,
  EndedRecord,
  FailedRecord,
  GatedRecord,
  IntentRecord,
  InterruptedRecord,
  LedgerRecord,
  SettledRecord,
  TimedOutRecord,
  WaitingRecord,
} from "../ledger/ledger-record.ts";
import type { Pending } from "./pending.ts";
import type { RunError, RunningRun, RunState, WaitingRun } from "./run-state.ts";

/**
 * Fold one record into the run. Pure: the same ledger always gives the same run.
 *
 * @throws store_corrupt the record does not follow the run: another run's, a gap in `seq`, or a step that is not open.
 */
export function reduce(run: RunState, record: LedgerRecord): RunState {
  if (record.runId !== run.runId || record.seq !== run.seq + 1) throw misplaced(run, record);
  const next = fold(
    { ...run, seq: record.seq, revision: record.revision, updatedAt: at(record) },
    record,
  );
  return next;
}

/** The run that its first record brings into being. */
export function createRun(record: CreatedRecord): RunningRun {
  return {
    runId: record.runId,
    workflowId: record.workflowId,
    workflowVersion: record.workflowVersion,
    graphHash: record.graphHash,
    nonce: record.nonce,
    status: "running",
    currentNode: record.nodeId,
    vars: record.vars,
    waiting: null,
    pending: null,
    output: null,
    error: null,
    paused: false,
    createdAt: record.startedAt,
    updatedAt: record.startedAt,
    actorId: record.actorId,
    sessionId: record.sessionId,
    parentRunId: record.parentRunId,
    parent: record.parent,
    depth: record.depth,
    revision: record.revision,
    seq: record.seq,
    ordinal: 0,
  };
}

/** `run` is a fresh object already, with the record's seq, revision and time. */
function fold(run: RunState, record: LedgerRecord): RunState {
  switch (record.kind) {
    case "ready":
    case "begun":
      return begin(run, record);
    case "completed":
      return complete(run, record);
    case "failed":
      return failAttempt(run, record);
    case "interrupted":
      return interrupt(run, record);
    case "waiting":
    case "gated":
      return park(run, record);
    case "answered":
      return answer(run, record);
    case "timed_out":
      return timeOut(run, record);
    case "settled":
      return settle(run, record);
    case "moved":
      return {
        ...running(run),
        currentNode: record.nodeId,
        vars: applyPatch(run.vars, record.changes),
      };
    case "ended":
      return end(run, record);
    case "cancelled":
      return {
        ...closed(run),
        status: "cancelled",
        output: null,
        error: {
          code: "cancelled",
          message: record.reason,
          nodeId: run.currentNode,
          stepId: null,
          attempt: null,
        },
      };
    case "paused":
    case "unpaused":
      return { ...run, paused: record.kind === "paused" };
    case "limits":
      return { ...run, vars: applyPatch(run.vars, record.changes) };
    case "refused":
    case "late":
      return run;
    case "created":
    case "adopted":
      throw misplaced(run, record);
    default:
      return record satisfies never;
  }
}

function begin(run: RunState, record: IntentRecord): RunState {
  const { intent } = record;
  if (intent === null) {
    const pending = open(run, record.stepId, record);
    const startedAt = record.kind === "begun" ? record.startedAt : null;
    return {
      ...running(run),
      pending: { ...pending, phase: record.kind, attempt: record.attempt, startedAt },
    };
  }
  return {
    ...running(run),
    currentNode: record.nodeId,
    vars: intent.changes.length === 0 ? run.vars : applyPatch(run.vars, intent.changes),
    ordinal: record.ordinal,
    pending: {
      phase: record.kind,
      stepId: record.stepId,
      ordinal: record.ordinal,
      nodeId: record.nodeId,
      effect: intent.effect,
      next: intent.next,
      onError: intent.onError,
      replay: intent.replay,
      idempotencyKey: record.idempotencyKey,
      waitId: intent.waitId,
      attempt: record.attempt,
      failures: 0,
      interruptions: 0,
      notBefore: null,
      startedAt: record.kind === "begun" ? record.startedAt : null,
    },
  };
}

function complete(run: RunState, record: CompletedRecord): RunState {
  const pending = open(run, record.stepId, record);
  return {
    ...running(run),
    pending: null,
    vars: keep(run.vars, pending.effect.resultKey, record.result),
    currentNode: pending.next ?? run.currentNode,
  };
}

function failAttempt(run: RunState, record: FailedRecord): RunState {
  const pending = open(run, record.stepId, record);
  if (record.retryAt === null)
    return handleError(run, pending.onError, pending.effect.resultKey, record.error);
  return {
    ...running(run),
    pending: {
      ...pending,
      phase: "ready",
      attempt: pending.attempt + 1,
      failures: pending.failures + 1,
      notBefore: record.retryAt,
      startedAt: null,
    },
  };
}

function interrupt(run: RunState, record: InterruptedRecord): RunState {
  const pending = open(run, record.stepId, record);
  const interruptions = pending.interruptions + 1;
  return {
    ...running(run),
    pending: {
      ...pending,
      phase: "ready",
      attempt: pending.attempt + 1,
      interruptions,
      startedAt: null,
    },
  };
}

function park(run: RunState, record: WaitingRecord | GatedRecord): WaitingRun {
  const pending = record.kind === "gated" ? run.pending : null;
  return { ...run, status: "waiting", waiting: record.wait, pending, output: null, error: null };
}

function answer(run: RunState, record: AnsweredRecord): RunState {
  const wait = waitOf(run, record.waitId, record);
  if (record.error !== null)
    return handleError(run, wait.onErrorNode, wait.resultKey, record.error);
  return {
    ...running(run),
    pending: null,
    currentNode: wait.resumeToNode ?? run.currentNode,
    vars: keep(run.vars, wait.resultKey, record.result),
  };
}

function timeOut(run: RunState, record: TimedOutRecord): RunState {
  const wait = waitOf(run, record.waitId, record);
  return {
    ...running(run),
    pending: null,
    currentNode: record.next ?? wait.resumeToNode ?? run.currentNode,
    vars: keep(run.vars, wait.resultKey, record.result),
  };
}

function settle(run: RunState, record: SettledRecord): RunState {
  waitOf(run, record.waitId, record);
  const { pending } = run;
  if (pending === null) return running(run);
  if (record.verdict === "give_up" && record.error !== null) {
    return handleError(run, pending.onError, pending.effect.resultKey, record.error);
  }
  if (record.verdict === "not_happened") {
    return { ...running(run), pending: { ...pending, interruptions: 0 } };
  }
  return {
    ...running(run),
    pending: null,
    currentNode: pending.next ?? run.currentNode,
    vars: keep(run.vars, pending.effect.resultKey, record.result),
  };
}

function end(run: RunState, record: EndedRecord): RunState {
  const vars = record.changes.length === 0 ? run.vars : applyPatch(run.vars, record.changes);
  const base = { ...closed(run), vars, currentNode: record.nodeId };
  if (record.error !== null)
    return { ...base, status: "failed", output: null, error: record.error };
  return { ...base, status: "completed", output: record.output, error: null };
}

/** What failed for good goes to the node that handles it; a run without one is failed by the `ended` record that follows. */
function handleError(
  run: RunState,
  node: string | null,
  resultKey: string | null,
  error: RunError,
): RunningRun {
  if (node === null) return { ...running(run), pending: null };
  const told: JsonObject = { error: { ...error } };
  return {
    ...running(run),
    pending: null,
    currentNode: node,
    vars: keep(run.vars, resultKey, told),
  };
}

/** Store a result; a null result leaves `vars` as they were, as in 0.2.0. */
function keep(vars: JsonObject, resultKey: string | null, result: JsonValue): JsonObject {
  return resultKey === null || result === null ? vars : setAtPath(vars, resultKey, result);
}

function running(run: RunState): RunningRun {
  return {
    ...run,
    status: "running",
    waiting: null,
    pending: run.pending,
    output: null,
    error: null,
  };
}

function closed(
  run: RunState,
): Omit<RunState, "status" | "output" | "error"> & { pending: null; waiting: null } {
  return { ...run, pending: null, waiting: null };
}

function open(run: RunState, stepId: string, record: LedgerRecord): Pending {
  if (run.pending === null || run.pending.stepId !== stepId) throw misplaced(run, record);
  return run.pending;
}

function waitOf(
  run: RunState,
  waitId: string,
  record: LedgerRecord,
): NonNullable<RunState["waiting"]> {
  if (run.waiting === null || run.waiting.waitId !== waitId) throw misplaced(run, record);
  return run.waiting;
}

function at(record: LedgerRecord): string {
  return record.endedAt ?? record.startedAt;
}

function misplaced(run: RunState, record: LedgerRecord): AbstractRuntimeError {
  const where = `${record.runId}: record ${record.seq} (${record.kind})`;
  const expected = `run ${run.runId} at record ${run.seq} (${run.status})`;
  return new AbstractRuntimeError(
    "store_corrupt",
    `${where} does not follow ${expected}: repair the store`,
    {
      details: { runId: run.runId, seq: record.seq },
    },
  );
}
