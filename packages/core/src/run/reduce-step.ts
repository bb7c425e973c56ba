import { applyPatch } from "../json/patch.ts";
import type {
  CompletedRecord,
  FailedRecord,
  Intent,
  IntentRecord,
  InterruptedRecord,
} from "../ledger/ledger-record.ts";
import { handleError, keep, open, running } from "./reduce-parts.ts";
import type { Pending } from "./pending.ts";
import type { RunState } from "./run-state.ts";

/** An effect is intended, or given to its handler. */
export function begin(run: RunState, record: IntentRecord): RunState {
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
    pending: intended(record, intent),
  };
}

/** The step that a record intends. */
export function intended(record: IntentRecord, intent: Intent): Pending {
  return {
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
  };
}

/** The effect ended well. */
export function complete(run: RunState, record: CompletedRecord): RunState {
  const pending = open(run, record.stepId, record);
  return {
    ...running(run),
    pending: null,
    vars: keep(run.vars, pending.effect.resultKey, record.result),
    currentNode: pending.next ?? run.currentNode,
  };
}

/** One attempt failed: again later, or for good. */
export function failAttempt(run: RunState, record: FailedRecord): RunState {
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

/** Nobody knows how an attempt ended; the step is open again. */
export function interrupt(run: RunState, record: InterruptedRecord): RunState {
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
