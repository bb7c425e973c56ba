import { subworkflowKey } from "../builtin/start-subworkflow.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { RunState } from "../run/run-state.ts";
import { endedByEffect } from "../step/transition.ts";
import { toldOf, wonByChild } from "../wait/any-wait.ts";
import type { Wait } from "../wait/wait.ts";
import { childError } from "./child-error.ts";
import { answered, refused, said } from "./message-records.ts";
import type { ChildEndedMessage } from "./message.ts";

/** A child's end answers the wait for it, or is an event under its key; for a wait that is over it is nothing. */
export function onChildEnded(
  run: RunState,
  message: ChildEndedMessage,
  now: number,
): readonly RecordBody[] | null {
  const { waiting } = run;
  const key = subworkflowKey(message.childId);
  if (waiting !== null && waiting.gate === null && waiting.waitId === message.waitId) {
    return childAnswered(run, waiting, message, now);
  }
  if (waiting !== null && waiting.gate === null && waiting.waitKeys.includes(key)) {
    const result = waiting.any ? wonByChild(message) : toldOf(message);
    return [answered(run, waiting, message, key, result, now)];
  }
  if (message.waitId === null) return null;
  return [
    refused(
      run,
      message,
      "run_not_waiting",
      `nobody waits for child ${message.childId} any more`,
      now,
    ),
  ];
}

/** A child that failed or was cancelled fails the step that waited for it. */
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
  const { childId, childWorkflowId: workflowId, status, error: cause } = message;
  const error = childError(run, stepId, { childId, workflowId, status, error: cause });
  const ended = wait.onErrorNode === null ? [endedByEffect(run, error, 1, now)] : [];
  return [{ ...base, result: null, error }, ...ended];
}
