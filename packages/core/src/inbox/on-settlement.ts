import type { RecordBody } from "../ledger/record-body.ts";
import { exhausted } from "../limits/exhausted.ts";
import { textOf } from "../limits/limit-gate.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { endedByEffect, instantly } from "../step/transition.ts";
import type { Gate, Wait } from "../wait/wait.ts";
import { happened, refused, said } from "./message-records.ts";
import type { OutcomeMessage, SettleMessage } from "./message.ts";

/** Somebody says how a gate ends. */
export function onSettle(
  run: RunState,
  message: SettleMessage,
  now: number,
): readonly RecordBody[] {
  const { waiting, pending } = run;
  if (waiting === null || waiting.gate === null || waiting.waitId !== message.waitId) {
    return [
      refused(run, message, "wait_id_mismatch", `no gate ${message.waitId} stands open`, now),
    ];
  }
  if (message.verdict === "happened" && pending === null) {
    return [
      refused(
        run,
        message,
        "invalid_argument",
        "no effect is pending: settle not_happened or give_up",
        now,
      ),
    ];
  }
  const bounds = waiting.gate === "limit" ? exhausted(run.vars) : [];
  if (message.verdict === "not_happened" && bounds.length > 0)
    return [refused(run, message, "limit_exceeded", `${textOf(bounds)}: raise it first`, now)];
  const base = {
    kind: "settled",
    waitId: waiting.waitId,
    stepId: waiting.stepId,
    ...said(run, message, now),
  } as const;
  if (message.verdict !== "give_up")
    return [{ ...base, verdict: message.verdict, result: message.result, error: null }];
  const error = givenUp(run, waiting);
  const settled: RecordBody = { ...base, verdict: "give_up", result: null, error };
  if (pending !== null && pending.onError !== null) return [settled];
  return [settled, endedByGate(run, waiting.gate, error, now)];
}

function givenUp({ currentNode, pending, vars }: RunState, wait: Wait): RunError {
  const { stepId, gate, prompt } = wait;
  if (gate === "limit") {
    const bounds = exhausted(vars);
    const details = { exhausted: bounds.map((bound) => ({ ...bound })) };
    const message = `given up: ${textOf(bounds)}`;
    return { code: "limit_exceeded", message, nodeId: currentNode, stepId, attempt: null, details };
  }
  const code = gate === "unknown_outcome" ? "unknown_outcome" : "stuck";
  const attempt = pending?.attempt ?? null;
  return { code, message: `given up: ${prompt ?? code}`, nodeId: currentNode, stepId, attempt };
}

/** Before a limit no attempt failed, and the run fails by the limit itself. */
function endedByGate(run: RunState, gate: Gate | null, error: RunError, now: number): RecordBody {
  const { pending, currentNode: nodeId } = run;
  if (gate !== "limit") return endedByEffect(run, error, pending?.attempt ?? 0, now);
  const rest = { path: [], changes: [], output: null } as const;
  return { kind: "ended", nodeId, status: "failed", error, ...rest, ...instantly(now) };
}

/** The outcome of an attempt whose driver had lost the run: the answer if the step is still open, else noted. */
export function onLateOutcome(
  run: RunState,
  message: OutcomeMessage,
  now: number,
): readonly RecordBody[] {
  const { waiting, pending } = run;
  const { stepId, attempt, result, error } = message;
  const late: RecordBody = {
    kind: "late",
    stepId,
    attempt,
    result,
    error,
    ...said(run, message, now),
  };
  if (pending === null || pending.stepId !== stepId || error !== null) return [late];
  if (waiting !== null) return [happened(run, waiting, message, result, now)];
  const { nodeId, ordinal, idempotencyKey, effect } = pending;
  const { startedAt, endedAt } = instantly(now);
  const step = { nodeId, stepId, ordinal, attempt, idempotencyKey, effectType: effect.type };
  const completed: RecordBody = {
    kind: "completed",
    ...step,
    resultKey: effect.resultKey,
    result,
    startedAt: pending.startedAt ?? startedAt,
    endedAt,
  };
  return [late, completed];
}
