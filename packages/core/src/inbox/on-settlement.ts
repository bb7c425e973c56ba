import type { RecordBody } from "../ledger/record-body.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { endedByEffect, instantly } from "../step/transition.ts";
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
  const base = {
    kind: "settled",
    waitId: waiting.waitId,
    stepId: waiting.stepId,
    ...said(run, message, now),
  } as const;
  if (message.verdict !== "give_up")
    return [{ ...base, verdict: message.verdict, result: message.result, error: null }];
  const code = waiting.gate === "unknown_outcome" ? "unknown_outcome" : "stuck";
  const error: RunError = {
    code,
    message: `given up: ${waiting.prompt ?? code}`,
    nodeId: run.currentNode,
    stepId: waiting.stepId,
    attempt: pending?.attempt ?? null,
  };
  const ended =
    pending === null || pending.onError === null
      ? [endedByEffect(run, error, pending?.attempt ?? 0, now)]
      : [];
  return [{ ...base, verdict: "give_up", result: null, error }, ...ended];
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
