import type { AddressedMessage } from "../ports/durable-store.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { isEnded, type RunState } from "../run/run-state.ts";

/**
 * Messages that a record causes in other runs: a run that ends tells its parent, and a wait for a child that ends
 * without it sends the child its cancel. Pure, with ids made of what happened, so that a repetition is a duplicate.
 */
export function consequences(
  before: RunState,
  after: RunState,
  record: LedgerRecord,
): readonly AddressedMessage[] {
  if (isEnded(after)) return after.parent === null ? [] : [endOf(after, after.parent, record)];
  if (record.kind === "timed_out" && before.waiting?.reason === "subworkflow")
    return [cancelLoser(before, record)].flat();
  return [];
}

function endOf(
  run: Extract<RunState, { status: "completed" | "failed" | "cancelled" }>,
  parent: NonNullable<RunState["parent"]>,
  record: LedgerRecord,
): AddressedMessage {
  return {
    runId: parent.runId,
    message: {
      kind: "child_ended",
      messageId: `${run.runId}:ended`,
      by: run.actorId,
      sentAt: record.startedAt,
      childId: run.runId,
      childWorkflowId: run.workflowId,
      waitId: parent.waitId,
      status: run.status,
      output: run.output,
      error: run.error,
    },
  };
}

function cancelLoser(parent: RunState, record: LedgerRecord): readonly AddressedMessage[] {
  const childId = parent.waiting?.details?.["sub_run_id"];
  if (typeof childId !== "string") return [];
  const reason = `run ${parent.runId} does not wait for it any more`;
  const messageId = `${parent.runId}:${record.seq}:cancel`;
  return [
    {
      runId: childId,
      message: { kind: "cancel", messageId, by: parent.actorId, sentAt: record.startedAt, reason },
    },
  ];
}
