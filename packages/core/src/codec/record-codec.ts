import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type {
  CompletedRecord,
  FailedRecord,
  Intent,
  IntentRecord,
  LedgerRecord,
} from "../ledger/ledger-record.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { encodeErrorDetails } from "./error-codec.ts";
import { encodeParent } from "./parent-codec.ts";
import { encodeOrigin } from "./origin-codec.ts";
import { encodeEffect, encodePending } from "./pending-codec.ts";
import { legacyStatus } from "./legacy-status.ts";
import { encodeRun } from "./run-codec.ts";
import { encodeUsage, encodeWarning } from "./usage-codec.ts";
import { encodeWait } from "./wait-codec.ts";

type WritableFields = Record<string, JsonValue>;

/** A record as JSON at rest: 0.2.0's fields in its order, then ours. */
export function encodeRecord(record: LedgerRecord): JsonObject {
  const fields: WritableFields = {
    run_id: record.runId,
    step_id: null,
    node_id: record.nodeId,
    status: legacyStatus(record),
    effect: null,
    result: null,
    error: null,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    actor_id: record.actorId,
    session_id: record.sessionId,
    attempt: 1,
    idempotency_key: null,
    prev_hash: record.prevHash ?? null,
    record_hash: record.recordHash ?? null,
    signature: record.signature ?? null,
    kind: record.kind,
    seq: record.seq,
    revision: record.revision,
    commit_id: record.commitId,
  };
  if (record.last) fields["last"] = true;
  if ("ordinal" in record) addStep(fields, record);
  if ("messageId" in record) addSaid(fields, record);
  if ("changes" in record) addHandlers(fields, record);
  if ("usage" in record && record.usage !== undefined) fields["usage"] = encodeUsage(record.usage);
  if (record.warnings !== undefined) fields["warnings"] = record.warnings.map(encodeWarning);
  addOwn(fields, record);
  return fields;
}

function addStep(
  fields: WritableFields,
  step: Extract<LedgerRecord, { readonly ordinal: number }>,
): void {
  fields["step_id"] = step.stepId;
  fields["ordinal"] = step.ordinal;
  fields["attempt"] = step.attempt;
  fields["idempotency_key"] = step.idempotencyKey;
  // The payload stands in the step's first record alone; 0.2.0's readers look for the type in all.
  fields["effect"] = "resultKey" in step ? ended(step) : { type: step.effectType };
}

function ended(step: CompletedRecord | FailedRecord): JsonObject {
  return { type: step.effectType, result_key: step.resultKey };
}

function addSaid(
  fields: WritableFields,
  said: { readonly messageId: string | null; readonly by: string | null },
): void {
  add(fields, "message_id", said.messageId);
  add(fields, "by", said.by);
}

function addHandlers(
  fields: WritableFields,
  ran: { readonly path?: Intent["path"]; readonly changes: Intent["changes"] },
): void {
  if (ran.path !== undefined && ran.path.length > 0) fields["path"] = ran.path;
  if (ran.changes.length > 0) fields["changes"] = ran.changes;
}

function addOwn(fields: WritableFields, record: LedgerRecord): void {
  switch (record.kind) {
    case "created":
      fields["workflow_id"] = record.workflowId;
      add(fields, "workflow_version", record.workflowVersion);
      add(fields, "graph_hash", record.graphHash);
      fields["vars"] = record.vars;
      fields["nonce"] = record.nonce;
      add(fields, "parent_run_id", record.parentRunId);
      add(fields, "parent", record.parent && encodeParent(record.parent));
      fields["depth"] = record.depth;
      return;
    case "ready":
    case "begun":
      addIntent(fields, record);
      return;
    case "completed":
      fields["result"] = record.result;
      add(fields, "origin", record.origin === undefined ? null : encodeOrigin(record.origin));
      return;
    case "failed":
      addError(fields, record.error);
      add(fields, "retry_at", record.retryAt);
      return;
    case "waiting":
      fields["result"] = { wait: encodeWait(record.wait) };
      return;
    case "gated":
      fields["result"] = { wait: encodeWait(record.wait) };
      fields["gate"] = record.gate;
      return;
    case "branched":
      fields["wait_id"] = record.waitId;
      fields["begun"] = record.begun;
      return;
    case "answered":
      fields["step_id"] = record.stepId;
      fields["wait_id"] = record.waitId;
      add(fields, "key", record.key);
      fields["result"] = record.result;
      addError(fields, record.error);
      return;
    case "timed_out":
      fields["step_id"] = record.stepId;
      fields["wait_id"] = record.waitId;
      fields["result"] = record.result;
      add(fields, "next", record.next);
      return;
    case "settled":
      fields["step_id"] = record.stepId;
      fields["wait_id"] = record.waitId;
      fields["verdict"] = record.verdict;
      fields["result"] = record.result;
      addError(fields, record.error);
      return;
    case "refused":
      add(fields, "wait_id", record.waitId);
      addError(fields, record.reason);
      return;
    case "late":
      fields["step_id"] = record.stepId;
      fields["attempt"] = record.attempt;
      fields["result"] = record.result;
      addError(fields, record.error);
      return;
    case "ended":
      // 0.2.0 marks a run's end so; the output has its own field.
      if (record.status === "completed") fields["result"] = { completed: true };
      add(fields, "output", record.output);
      addError(fields, record.error);
      return;
    case "cancelled":
      fields["error"] = record.reason;
      return;
    case "forked":
      fields["origin"] = encodeOrigin(record.origin);
      add(fields, "origin_commit_id", record.originCommitId);
      fields["nonce"] = record.nonce;
      add(fields, "by", record.by);
      addOpen(fields, record);
      return;
    case "migrated":
      add(fields, "workflow_version", record.workflowVersion);
      fields["graph_hash"] = record.graphHash;
      addOpen(fields, record);
      return;
    case "entered":
      fields["workflow_version"] = record.workflowVersion;
      fields["graph_hash"] = record.graphHash;
      return;
    case "adopted":
      fields["run"] = encodeRun(record.run);
      return;
    case "interrupted":
    case "moved":
    case "paused":
    case "unpaused":
    case "limits":
      return;
    default:
      record satisfies never;
  }
}

function addIntent(fields: WritableFields, { intent }: IntentRecord): void {
  if (intent === null) return;
  fields["effect"] = encodeEffect(intent.effect);
  fields["replay"] = intent.replay;
  fields["wait_id"] = intent.waitId;
  add(fields, "next", intent.next);
  add(fields, "on_error", intent.onError);
  addHandlers(fields, intent);
}

/** The step and the wait that are open after a record that says so whole. */
function addOpen(
  fields: WritableFields,
  { pending, waiting }: Pick<RunState, "pending" | "waiting">,
): void {
  add(fields, "pending", pending && encodePending(pending));
  add(fields, "waiting", waiting && encodeWait(waiting));
}

function addError(fields: WritableFields, error: RunError | null): void {
  if (error === null) return;
  fields["error"] = error.message;
  fields["error_details"] = encodeErrorDetails(error);
}

function add(fields: WritableFields, key: string, value: JsonValue): void {
  if (value !== null) fields[key] = value;
}
