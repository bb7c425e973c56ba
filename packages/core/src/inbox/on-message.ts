import { subworkflowKey } from "../builtin/start-subworkflow.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { exhaustedAfter } from "../limits/exhausted.ts";
import { limitChanges } from "../limits/update-limits.ts";
import { isEnded, type RunError, type RunState } from "../run/run-state.ts";
import { checkAnswer } from "../wait/check-answer.ts";
import { isAnswer, wonByEvent, wonByUser } from "../wait/any-wait.ts";
import type { Wait } from "../wait/wait.ts";
import { answered, happened, refused, said } from "./message-records.ts";
import type {
  AnswerMessage,
  EventMessage,
  JoinDueMessage,
  LimitsMessage,
  Message,
} from "./message.ts";
import { onChildEnded } from "./on-child-ended.ts";
import { onLateOutcome, onSettle } from "./on-settlement.ts";

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
    case "spent":
      return [{ kind: "limits", changes: [], ...said(run, message, now) }];
    case "answer":
      return run.paused ? null : onAnswer(run, message, now, checked);
    case "event":
      return run.paused ? null : onEvent(run, message, now, checked);
    case "child_ended":
      return run.paused ? null : onChildEnded(run, message, now);
    case "join_due":
      return onJoinDue(run, message, now);
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
  const key = keyOf(message);
  return key !== null && waiting.waitKeys.includes(key) ? waiting : null;
}

/** The key by which a message ends a wait. */
function keyOf(message: Message): string | null {
  if (message.kind === "event") return message.key;
  return message.kind === "child_ended" ? subworkflowKey(message.childId) : null;
}

function onAnswer(
  run: RunState,
  message: AnswerMessage,
  now: number,
  checked?: CheckedAnswer,
): readonly RecordBody[] | null {
  const { waiting, pending } = run;
  const wait = answersWait(run, message);
  if (wait !== null) return onAnswered(run, wait, message, now, checked);
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
  if (wait === null) return null;
  return isAnswer(wait, message)
    ? onAnswered(run, wait, message, now, checked)
    : [answered(run, wait, message, message.key, wonByEvent(message), now)];
}

function onAnswered(
  run: RunState,
  wait: Wait,
  message: AnswerMessage | EventMessage,
  now: number,
  checked?: CheckedAnswer,
): readonly RecordBody[] {
  if (!isAnswer(wait, message)) {
    const why = `wait ${wait.waitId} is for the first of several things, none of them an answer`;
    return [refused(run, message, "invalid_answer", why, now)];
  }
  if (checked !== undefined && "refused" in checked) {
    return [
      { kind: "refused", waitId: wait.waitId, reason: checked.refused, ...said(run, message, now) },
    ];
  }
  try {
    checkAnswer(wait, message.payload);
  } catch (error) {
    if (!isAbstractRuntimeError(error)) throw error;
    return [refused(run, message, error.code, error.message, now)];
  }
  const answer = checked === undefined ? message.payload : checked.value;
  const key = message.kind === "event" ? message.key : null;
  return [answered(run, wait, message, key, wait.any ? wonByUser(answer) : answer, now)];
}

/** Whoever holds the run sees to its children; what is due of a wait that is over is nothing. */
function onJoinDue(
  run: RunState,
  message: JoinDueMessage,
  now: number,
): readonly RecordBody[] | null {
  if (run.waiting?.waitId === message.waitId) return null;
  return [refused(run, message, "run_not_waiting", `wait ${message.waitId} is over`, now)];
}

function onLimits(run: RunState, message: LimitsMessage, now: number): readonly RecordBody[] {
  const changes = limitChanges(run.vars, message.limits);
  const base = said(run, message, now);
  const limits: RecordBody = { kind: "limits", changes, ...base };
  const { waiting } = run;
  if (waiting?.gate !== "limit" || exhaustedAfter(run.vars, changes).length > 0) return [limits];
  // The message stands behind the first record alone, and who sent it behind both.
  const { waitId, stepId } = waiting;
  const released = { verdict: "not_happened", result: null, error: null } as const;
  return [limits, { kind: "settled", waitId, stepId, ...released, ...base, messageId: null }];
}
