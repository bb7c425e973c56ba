import { applyPatch } from "../json/patch.ts";
import type {
  CreatedRecord,
  EndedRecord,
  EnteredRecord,
  ForkedRecord,
  LedgerRecord,
  MigratedRecord,
} from "../ledger/ledger-record.ts";
import { spend } from "../limits/usage.ts";
import { misplaced, running } from "./reduce-parts.ts";
import { begin, complete, failAttempt, interrupt } from "./reduce-step.ts";
import { answer, branch, park, settle, timeOut } from "./reduce-wait.ts";
import { isEnded, isEntered, type RunningRun, type RunState } from "./run-state.ts";

/**
 * Fold one record into the run. Pure: the same ledger always gives the same run.
 *
 * @throws store_corrupt the record does not follow the run: another run's, a gap in `seq`, or a step that is not open.
 */
export function reduce(run: RunState, record: LedgerRecord): RunState {
  const isOwn = record.runId === run.runId || record.kind === "forked";
  if (!isOwn || record.seq !== run.seq + 1) throw misplaced(run, record);
  const next = fold(
    { ...run, seq: record.seq, revision: record.revision, updatedAt: at(record) },
    record,
  );
  return "usage" in record && record.usage !== undefined
    ? { ...next, vars: spend(next.vars, record.usage) }
    : next;
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
    origin: null,
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
    case "branched":
      return branch(run, record);
    case "forked":
      return fork(run, record);
    case "migrated":
      return migrate(run, record);
    case "entered":
      return enter(run, record);
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

function end(run: RunState, record: EndedRecord): RunState {
  const vars = record.changes.length === 0 ? run.vars : applyPatch(run.vars, record.changes);
  const base = { ...closed(run), vars, currentNode: record.nodeId };
  if (record.error !== null)
    return { ...base, status: "failed", output: null, error: record.error };
  return { ...base, status: "completed", output: record.output, error: null };
}

/** The copy becomes a run of its own, which nobody waits for. */
function fork(run: RunState, record: ForkedRecord): RunState {
  return {
    ...opened(run, record),
    runId: record.runId,
    nonce: record.nonce,
    vars: applyPatch(run.vars, record.changes),
    origin: record.origin,
    createdAt: record.startedAt,
    actorId: record.actorId,
    sessionId: record.sessionId,
    parentRunId: null,
    parent: null,
    depth: 0,
    paused: false,
  };
}

/** The run gets its graph, and stands at its entry. */
function enter(run: RunState, record: EnteredRecord): RunState {
  if (isEnded(run) || isEntered(run)) throw misplaced(run, record);
  return {
    ...run,
    workflowVersion: record.workflowVersion,
    graphHash: record.graphHash,
    currentNode: record.nodeId,
    vars: applyPatch(run.vars, record.changes),
  };
}

/** Another graph, but the same step and the same wait. */
function migrate(run: RunState, record: MigratedRecord): RunState {
  const isSame =
    run.pending?.stepId === record.pending?.stepId &&
    run.waiting?.waitId === record.waiting?.waitId;
  if (isEnded(run) || !isSame) throw misplaced(run, record);
  return {
    ...opened(run, record),
    workflowVersion: record.workflowVersion,
    graphHash: record.graphHash,
    currentNode: record.nodeId,
    vars: applyPatch(run.vars, record.changes),
  };
}

/** The run, open, with this step and this wait. */
function opened(
  run: RunState,
  { pending, waiting }: Pick<RunState, "pending" | "waiting">,
): RunState {
  return waiting === null
    ? { ...running(run), pending }
    : { ...run, status: "waiting", waiting, pending, output: null, error: null };
}

function closed(
  run: RunState,
): Omit<RunState, "status" | "output" | "error"> & { pending: null; waiting: null } {
  return { ...run, pending: null, waiting: null };
}

function at(record: LedgerRecord): string {
  return record.endedAt ?? record.startedAt;
}
