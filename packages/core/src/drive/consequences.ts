import type { ChildEndedMessage, SpentMessage } from "../inbox/message.ts";
import { usageOf } from "../limits/usage.ts";
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
  if (isEnded(after)) return after.parent === null ? [] : endOf(after, after.parent, record);
  if (record.kind === "timed_out" && before.waiting?.reason === "subworkflow")
    return [cancelLoser(before, record)].flat();
  return [];
}

function endOf(
  run: Extract<RunState, { status: "completed" | "failed" | "cancelled" }>,
  parent: NonNullable<RunState["parent"]>,
  record: LedgerRecord,
): readonly AddressedMessage[] {
  const { runId } = parent;
  const usage = usageOf(run);
  const header = { by: run.actorId, sentAt: record.startedAt, childId: run.runId };
  const ended: ChildEndedMessage = {
    kind: "child_ended",
    messageId: `${run.runId}:ended`,
    ...header,
    childWorkflowId: run.workflowId,
    waitId: parent.waitId,
    status: run.status,
    output: run.output,
    error: run.error,
    index: parent.index,
  };
  if (usage === undefined) return [{ runId, message: ended }];
  // The end of a child that is waited for alone is read once, whatever became of the wait; that of others may be dropped.
  const isReadOnce = parent.waitId !== null && parent.index === null;
  if (isReadOnce) return [{ runId, message: { ...ended, usage } }];
  const messageId = `${run.runId}:spent`;
  const spent: SpentMessage = { kind: "spent", messageId, ...header, usage };
  return [
    { runId, message: spent },
    { runId, message: ended },
  ];
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
