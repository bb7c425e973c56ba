import { subworkflowKey } from "../builtin/start-subworkflow.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { endedByEffect } from "../step/transition.ts";
import type { Wait } from "../wait/wait.ts";
import { refused, said } from "./message-records.ts";
import type { ChildEndedMessage } from "./message.ts";

/** A child's end answers the wait for it, or is an event under its key; for a wait that is over it is nothing. */
export function onChildEnded(
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
  const why = shortened(message.error?.message ?? message.status);
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

/** Ancestors quote each other's errors: of a deep family the first words and the cause, at the end, are enough. */
function shortened(text: string): string {
  if (text.length <= MAX_QUOTED) return text;
  const half = MAX_QUOTED / 2;
  return `${text.slice(0, half)} … ${text.slice(-half)}`.toWellFormed();
}

const MAX_QUOTED = 1_000;
