import { subworkflowKey } from "../builtin/start-subworkflow.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { limitChanges } from "../limits/update-limits.ts";
import { isEnded, type RunError, type RunState } from "../run/run-state.ts";
import { endedByEffect, instantly } from "../step/transition.ts";
import { checkAnswer } from "../wait/check-answer.ts";
import type { Wait } from "../wait/wait.ts";
import type {
  AnswerMessage,
  ChildEndedMessage,
  EventMessage,
  LimitsMessage,
  Message,
  OutcomeMessage,
  SettleMessage,
} from "./message.ts";

/** What an answer becomes once the workflow's schema for it has been asked; a refusal stays an error. */
export type CheckedAnswer = { readonly value: JsonValue } | { readonly refused: RunError };

/**
 * What a message does to a run: the records that consume it, or null when it is kept for later.
 *
 * A paused run hears only of cancelling, pausing and limits; everything else waits in its inbox.
 *
 * @param now milliseconds since 1970
 * @param checked what the answer's schema made of the payload, for answers and events that end the present wait
 */
export function onMessage(
  run: RunState,
  message: Message,
  now: number,
  checked?: CheckedAnswer,
): readonly RecordBody[] | null {
  if (isEnded(run)) return null;
  switch (message.kind) {
    case "cancel":
      return [{ kind: "cancelled", reason: message.reason, ...said(run, message, now) }];
    case "pause":
    case "unpause":
      return [
        { kind: message.kind === "pause" ? "paused" : "unpaused", ...said(run, message, now) },
      ];
    case "limits":
      return onLimits(run, message, now);
    case "answer":
      return run.paused ? null : onAnswer(run, message, now, checked);
    case "event":
      return run.paused ? null : onEvent(run, message, now, checked);
    case "child_ended":
      return run.paused ? null : onChildEnded(run, message, now);
    case "settle":
      return run.paused ? null : onSettle(run, message, now);
    case "outcome":
      return run.paused ? null : onLateOutcome(run, message, now);
    default:
      return message satisfies never;
  }
}

/** Whether a message, if it is consumed now, ends the present wait with what it says. */
export function answersWait(run: RunState, message: Message): Wait | null {
  const { waiting } = run;
  if (waiting === null || waiting.gate !== null || run.paused) return null;
  if (message.kind === "answer") return message.waitId === waiting.waitId ? waiting : null;
  if (message.kind === "event") return waiting.waitKeys.includes(message.key) ? waiting : null;
  return null;
}

function onAnswer(
  run: RunState,
  message: AnswerMessage,
  now: number,
  checked?: CheckedAnswer,
): readonly RecordBody[] | null {
  const { waiting, pending } = run;
  const wait = answersWait(run, message);
  if (wait !== null) return answered(run, wait, message, message.payload, null, now, checked);
  if (pending !== null && pending.waitId === message.waitId) {
    // A callback that came before its wait: it settles an unknown outcome, or is kept until the effect says it waits.
    return waiting?.gate === "unknown_outcome"
      ? [happened(run, waiting, message, message.payload, now)]
      : null;
  }
  return [refused(run, message, "wait_id_mismatch", `wait ${message.waitId} is over`, now)];
}

function onEvent(
  run: RunState,
  message: EventMessage,
  now: number,
  checked?: CheckedAnswer,
): readonly RecordBody[] | null {
  const wait = answersWait(run, message);
  return wait === null
    ? null
    : answered(run, wait, message, message.payload, message.key, now, checked);
}

function answered(
  run: RunState,
  wait: Wait,
  message: Message,
  payload: JsonValue,
  key: string | null,
  now: number,
  checked?: CheckedAnswer,
): readonly RecordBody[] {
  if (checked !== undefined && "refused" in checked) {
    return [
      { kind: "refused", waitId: wait.waitId, reason: checked.refused, ...said(run, message, now) },
    ];
  }
  try {
    checkAnswer(wait, payload);
  } catch (error) {
    if (!isAbstractRuntimeError(error)) throw error;
    return [refused(run, message, error.code, error.message, now)];
  }
  const { waitId, stepId } = wait;
  const result = checked === undefined ? payload : checked.value;
  return [
    { kind: "answered", stepId, waitId, key, result, error: null, ...said(run, message, now) },
  ];
}

function onChildEnded(
  run: RunState,
  message: ChildEndedMessage,
  now: number,
): readonly RecordBody[] | null {
  const { waiting } = run;
  const key = subworkflowKey(message.childId);
  const { childId, output, status, error } = message;
  if (waiting !== null && waiting.gate === null && waiting.waitId === message.waitId) {
    return childAnswered(run, waiting, message, now);
  }
  if (waiting !== null && waiting.gate === null && waiting.waitKeys.includes(key)) {
    const told = {
      sub_run_id: childId,
      status,
      output,
      error: error === null ? null : { ...error },
    };
    const { waitId, stepId } = waiting;
    return [
      {
        kind: "answered",
        stepId,
        waitId,
        key,
        result: told,
        error: null,
        ...said(run, message, now),
      },
    ];
  }
  if (message.waitId === null) return null;
  return [
    refused(run, message, "run_not_waiting", `nobody waits for child ${childId} any more`, now),
  ];
}

/** A child that failed or was cancelled fails the step that waited for it; trying again would find the same child. */
function childAnswered(
  run: RunState,
  wait: Wait,
  message: ChildEndedMessage,
  now: number,
): readonly RecordBody[] {
  const { waitId, stepId } = wait;
  const base = { kind: "answered", stepId, waitId, key: null, ...said(run, message, now) } as const;
  if (message.status === "completed") {
    return [
      { ...base, result: { sub_run_id: message.childId, output: message.output }, error: null },
    ];
  }
  const why = message.error?.message ?? message.status;
  const verb = message.status === "failed" ? "failed" : "was cancelled";
  const error: RunError = {
    code: message.status === "failed" ? "run_failed" : "run_cancelled",
    message: `Subworkflow '${message.childWorkflowId}' ${verb}: ${why}`,
    nodeId: run.currentNode,
    stepId,
    attempt: 1,
    details: { sub_run_id: message.childId },
  };
  const ended = wait.onErrorNode === null ? [endedByEffect(run, error, 1, now)] : [];
  return [{ ...base, result: null, error }, ...ended];
}

function onSettle(run: RunState, message: SettleMessage, now: number): readonly RecordBody[] {
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
function onLateOutcome(run: RunState, message: OutcomeMessage, now: number): readonly RecordBody[] {
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
  if (waiting?.gate === "unknown_outcome") return [happened(run, waiting, message, result, now)];
  if (waiting !== null) return [late];
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

function happened(
  run: RunState,
  gate: Wait,
  message: Message,
  result: JsonValue,
  now: number,
): RecordBody {
  const { waitId, stepId } = gate;
  return {
    kind: "settled",
    waitId,
    stepId,
    verdict: "happened",
    result,
    error: null,
    ...said(run, message, now),
  };
}

function onLimits(run: RunState, message: LimitsMessage, now: number): readonly RecordBody[] {
  return [
    { kind: "limits", changes: limitChanges(run.vars, message.limits), ...said(run, message, now) },
  ];
}

function refused(
  run: RunState,
  message: Message,
  code: string,
  why: string,
  now: number,
): RecordBody {
  const waitId = "waitId" in message ? message.waitId : null;
  const reason: RunError = {
    code,
    message: why,
    nodeId: run.currentNode,
    stepId: null,
    attempt: null,
  };
  return { kind: "refused", waitId, reason, ...said(run, message, now) };
}

function said(run: RunState, message: Message, now: number) {
  return {
    nodeId: run.currentNode,
    messageId: message.messageId,
    by: message.by,
    ...instantly(now),
  };
}
