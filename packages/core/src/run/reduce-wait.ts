import type {
  AnsweredRecord,
  BranchedRecord,
  GatedRecord,
  SettledRecord,
  TimedOutRecord,
  WaitingRecord,
} from "../ledger/ledger-record.ts";
import { handleError, keep, misplaced, open, running, waitOf } from "./reduce-parts.ts";
import type { RunState, WaitingRun } from "./run-state.ts";

/** The run waits; a gate leaves its effect pending. */
export function park(run: RunState, record: WaitingRecord | GatedRecord): WaitingRun {
  if (record.kind === "waiting") open(run, record.stepId, record);
  const pending = record.kind === "gated" ? run.pending : null;
  return { ...run, status: "waiting", waiting: record.wait, pending, output: null, error: null };
}

/** More children of the join exist now. */
export function branch(run: RunState, record: BranchedRecord): RunState {
  const wait = waitOf(run, record.waitId, record);
  if (run.status !== "waiting" || wait.join === null) throw misplaced(run, record);
  if (record.begun <= wait.join.begun || record.begun > wait.join.total)
    throw misplaced(run, record);
  return { ...run, waiting: { ...wait, join: { ...wait.join, begun: record.begun } } };
}

/** What the run waited for came, or failed. */
export function answer(run: RunState, record: AnsweredRecord): RunState {
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

/** Time ended the wait. */
export function timeOut(run: RunState, record: TimedOutRecord): RunState {
  const wait = waitOf(run, record.waitId, record);
  return {
    ...running(run),
    pending: null,
    currentNode: record.next ?? wait.resumeToNode ?? run.currentNode,
    vars: keep(run.vars, wait.resultKey, record.result),
  };
}

/** Somebody said what became of the effect behind a gate. */
export function settle(run: RunState, record: SettledRecord): RunState {
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
