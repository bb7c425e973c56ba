import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Intent, LedgerRecord, RecordKind } from "../ledger/ledger-record.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { decodeSplitError } from "./error-codec.ts";
import { Fields } from "./fields.ts";
import { decodeParent } from "./parent-codec.ts";
import { parseJsonText } from "./parse-json-text.ts";
import { decodeOrigin } from "./origin-codec.ts";
import { readChanges } from "./patch-codec.ts";
import { decodeEffect, decodePending, decodeReplay } from "./pending-codec.ts";
import { decodeRun } from "./run-codec.ts";
import { decodeWarning, readUsage } from "./usage-codec.ts";
import { decodeWait, gates } from "./wait-codec.ts";

/**
 * A record from its line of the ledger.
 *
 * @param where names file and line in errors
 * @throws store_corrupt the text is no record of ours, or one of a kind that a later version added
 */
export function decodeRecord(text: string, where: string): LedgerRecord {
  return readRecord(new Fields(parseJsonText(text, where), where));
}

/** @throws store_corrupt */
export function readRecord(fields: Fields): LedgerRecord {
  const kind = fields.text("kind");
  const read = Object.hasOwn(readers, kind) ? readers[kind as RecordKind] : undefined;
  return read === undefined ? refuseKind(fields, kind) : read(fields);
}

const readers: { readonly [Kind in RecordKind]: (fields: Fields) => LedgerRecord } = {
  created: (fields) => ({
    kind: "created",
    ...readShared(fields),
    workflowId: fields.text("workflow_id"),
    workflowVersion: fields.textOrNull("workflow_version"),
    graphHash: fields.textOrNull("graph_hash"),
    vars: fields.object("vars"),
    nonce: fields.text("nonce"),
    parentRunId: fields.textOrNull("parent_run_id"),
    parent: fields.optional("parent", decodeParent),
    depth: fields.count("depth"),
  }),
  ready: (fields) => ({ kind: "ready", ...readStep(fields), intent: readIntent(fields) }),
  begun: (fields) => ({ kind: "begun", ...readStep(fields), intent: readIntent(fields) }),
  completed: (fields) => ({
    kind: "completed",
    ...readStep(fields),
    ...readUsage(fields),
    resultKey: readResultKey(fields),
    result: fields.value("result"),
    ...(!fields.lacks("origin") && { origin: decodeOrigin(fields.inner("origin")) }),
  }),
  failed: (fields) => ({
    kind: "failed",
    ...readStep(fields),
    ...readUsage(fields),
    resultKey: readResultKey(fields),
    error: readError(fields),
    retryAt: fields.instantOrNull("retry_at"),
  }),
  interrupted: (fields) => ({ kind: "interrupted", ...readStep(fields), ...readUsage(fields) }),
  waiting: (fields) => ({
    kind: "waiting",
    ...readStep(fields),
    ...readUsage(fields),
    wait: readWaitResult(fields),
  }),
  gated: (fields) => ({
    kind: "gated",
    ...readShared(fields),
    wait: readWaitResult(fields),
    gate: fields.oneOf("gate", gates),
  }),
  branched: (fields) => ({
    kind: "branched",
    ...readShared(fields),
    ...readSaid(fields),
    waitId: fields.text("wait_id"),
    begun: fields.count("begun"),
  }),
  answered: (fields) => ({
    kind: "answered",
    ...readShared(fields),
    ...readSaid(fields),
    ...readUsage(fields),
    stepId: fields.textOrNull("step_id"),
    waitId: fields.text("wait_id"),
    key: fields.textOrNull("key"),
    result: fields.value("result"),
    error: decodeSplitError(fields),
  }),
  timed_out: (fields) => ({
    kind: "timed_out",
    ...readShared(fields),
    stepId: fields.textOrNull("step_id"),
    waitId: fields.text("wait_id"),
    result: fields.value("result"),
    next: fields.textOrNull("next"),
  }),
  settled: (fields) => ({
    kind: "settled",
    ...readShared(fields),
    ...readSaid(fields),
    ...readUsage(fields),
    stepId: fields.textOrNull("step_id"),
    waitId: fields.text("wait_id"),
    verdict: fields.oneOf("verdict", ["happened", "not_happened", "give_up"]),
    result: fields.value("result"),
    error: decodeSplitError(fields),
  }),
  refused: (fields) => ({
    kind: "refused",
    ...readShared(fields),
    ...readSaid(fields),
    ...readUsage(fields),
    waitId: fields.textOrNull("wait_id"),
    reason: readError(fields),
  }),
  late: (fields) => ({
    kind: "late",
    ...readShared(fields),
    ...readSaid(fields),
    ...readUsage(fields),
    stepId: fields.text("step_id"),
    attempt: fields.count("attempt"),
    result: fields.value("result"),
    error: decodeSplitError(fields),
  }),
  moved: (fields) => ({ kind: "moved", ...readShared(fields), ...readHandlers(fields) }),
  ended: (fields) => ({
    kind: "ended",
    ...readShared(fields),
    ...readHandlers(fields),
    status: fields.oneOf("status", ["completed", "failed"]),
    output: fields.value("output"),
    error: decodeSplitError(fields),
  }),
  cancelled: (fields) => ({
    kind: "cancelled",
    ...readShared(fields),
    ...readSaid(fields),
    reason: fields.text("error"),
  }),
  paused: (fields) => ({ kind: "paused", ...readShared(fields), ...readSaid(fields) }),
  unpaused: (fields) => ({ kind: "unpaused", ...readShared(fields), ...readSaid(fields) }),
  limits: (fields) => ({
    kind: "limits",
    ...readShared(fields),
    ...readSaid(fields),
    ...readUsage(fields),
    changes: readChanges(fields),
  }),
  forked: (fields) => ({
    kind: "forked",
    ...readShared(fields),
    origin: decodeOrigin(fields.inner("origin")),
    originCommitId: fields.textOrNull("origin_commit_id"),
    nonce: fields.text("nonce"),
    changes: readChanges(fields),
    by: fields.textOrNull("by"),
    ...readOpen(fields),
  }),
  migrated: (fields) => ({
    kind: "migrated",
    ...readShared(fields),
    workflowVersion: fields.textOrNull("workflow_version"),
    graphHash: fields.text("graph_hash"),
    changes: readChanges(fields),
    ...readOpen(fields),
  }),
  entered: (fields) => ({
    kind: "entered",
    ...readShared(fields),
    workflowVersion: fields.text("workflow_version"),
    graphHash: fields.text("graph_hash"),
    changes: readChanges(fields),
  }),
  adopted: (fields) => ({
    kind: "adopted",
    ...readShared(fields),
    run: decodeRun(fields.object("run"), fields.path("run")),
  }),
};

type Shared = Pick<
  LedgerRecord,
  | "runId"
  | "seq"
  | "revision"
  | "commitId"
  | "last"
  | "nodeId"
  | "startedAt"
  | "endedAt"
  | "actorId"
  | "sessionId"
  | "warnings"
>;

function readShared(fields: Fields): Shared {
  return {
    runId: fields.text("run_id"),
    seq: fields.count("seq", 1),
    revision: fields.count("revision", 1),
    commitId: fields.text("commit_id"),
    last: fields.flag("last", false),
    nodeId: fields.text("node_id"),
    startedAt: fields.instant("started_at"),
    endedAt: fields.instantOrNull("ended_at"),
    actorId: fields.textOrNull("actor_id"),
    sessionId: fields.textOrNull("session_id"),
    ...(fields.has("warnings") && { warnings: fields.each("warnings", decodeWarning) }),
    ...readChain(fields),
  };
}

/** A chained record has both hashes; the first one's `prev_hash` is null. */
function readChain(fields: Fields): Pick<LedgerRecord, "prevHash" | "recordHash" | "signature"> {
  const recordHash = fields.textOrNull("record_hash");
  if (recordHash === null) return {};
  const signature = fields.textOrNull("signature");
  const prevHash = fields.textOrNull("prev_hash");
  return signature === null ? { prevHash, recordHash } : { prevHash, recordHash, signature };
}

type Step = Shared & {
  readonly stepId: string;
  readonly ordinal: number;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly effectType: string;
};

function readStep(fields: Fields): Step {
  return {
    ...readShared(fields),
    stepId: fields.text("step_id"),
    ordinal: fields.count("ordinal"),
    attempt: fields.count("attempt"),
    idempotencyKey: fields.text("idempotency_key"),
    effectType: fields.inner("effect").text("type"),
  };
}

/** Only the record that intends a step says how it may be repeated. */
function readIntent(fields: Fields): Intent | null {
  if (!fields.has("replay")) return null;
  return {
    effect: decodeEffect(fields.inner("effect")),
    next: fields.textOrNull("next"),
    onError: fields.textOrNull("on_error"),
    replay: decodeReplay(fields),
    waitId: fields.text("wait_id"),
    ...readHandlers(fields),
  };
}

function readHandlers(fields: Fields): Pick<Intent, "path" | "changes"> {
  return { path: fields.has("path") ? fields.texts("path") : [], changes: readChanges(fields) };
}

function readResultKey(fields: Fields): string | null {
  return fields.inner("effect").textOrNull("result_key");
}

function readOpen(fields: Fields): Pick<RunState, "pending" | "waiting"> {
  return {
    pending: fields.optional("pending", decodePending),
    waiting: fields.lacks("waiting")
      ? null
      : decodeWait(fields.value("waiting"), fields.path("waiting")),
  };
}

function readWaitResult(fields: Fields): ReturnType<typeof decodeWait> {
  const result = fields.inner("result");
  return decodeWait(result.value("wait"), result.path("wait"));
}

function readSaid(fields: Fields): {
  readonly messageId: string | null;
  readonly by: string | null;
} {
  return { messageId: fields.textOrNull("message_id"), by: fields.textOrNull("by") };
}

function readError(fields: Fields): RunError {
  return decodeSplitError(fields) ?? fields.refuse("error_details", "an object");
}

function refuseKind(fields: Fields, kind: string): never {
  const path = fields.path("kind");
  throw new AbstractRuntimeError(
    "store_corrupt",
    `${path}: unknown kind of record ${JSON.stringify(kind.slice(0, 40))}: a later version wrote it; upgrade @abstractruntime/core`,
    { details: { path, kind: kind.slice(0, 40) } },
  );
}
