import type { JsonObject } from "../json/json-value.ts";
import type { RunError, RunState, RunStatus } from "../run/run-state.ts";
import { decodeSplitError, encodeErrorDetails } from "./error-codec.ts";
import { Fields } from "./fields.ts";
import { decodeLegacyRun } from "./legacy-run.ts";
import { decodeOrigin, encodeOrigin } from "./origin-codec.ts";
import { decodeParent, encodeParent } from "./parent-codec.ts";
import { decodePending, encodePending } from "./pending-codec.ts";
import { decodeWait, encodeWait } from "./wait-codec.ts";

export const statuses: readonly RunStatus[] = [
  "running",
  "waiting",
  "completed",
  "failed",
  "cancelled",
];

/** A run at rest: 0.2.0's fields in its order, then ours. Shares `vars` with the run. */
export function encodeRun(run: RunState): JsonObject {
  return {
    run_id: run.runId,
    workflow_id: run.workflowId,
    status: run.status,
    current_node: run.currentNode,
    vars: run.vars,
    waiting: run.waiting === null ? null : encodeWait(run.waiting),
    output: run.output,
    error: run.error === null ? null : run.error.message,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor_id: run.actorId,
    session_id: run.sessionId,
    parent_run_id: run.parentRunId,
    workflow_version: run.workflowVersion,
    graph_hash: run.graphHash,
    revision: run.revision,
    seq: run.seq,
    ordinal: run.ordinal,
    nonce: run.nonce,
    depth: run.depth,
    paused: run.paused,
    pending: run.pending === null ? null : encodePending(run.pending),
    parent: run.parent === null ? null : encodeParent(run.parent),
    ...(run.origin !== null && { origin: encodeOrigin(run.origin) }),
    error_details: run.error === null ? null : encodeErrorDetails(run.error),
  };
}

/**
 * A run from rest. One that 0.2.0 wrote last (it has no `revision`) gets revision 0 and seq 0, its id as nonce, and null
 * for what 0.2.0 did not know.
 *
 * @param value what JSON.parse gave; `vars` is shared with it. Of a file that 0.2.0 may have written, parse the text
 *   with `parseRunText`, which also sees numbers that JSON.parse would change.
 * @param where names the file or row in errors
 * @throws store_corrupt
 */
export function decodeRun(value: unknown, where: string): RunState {
  const fields = new Fields(value, where);
  return isLegacyRun(fields) ? decodeLegacyRun(fields) : readRun(fields);
}

/** Whether 0.2.0 wrote this run last: it drops the fields that it does not know. */
export function isLegacyRun(fields: Fields): boolean {
  return !fields.has("revision");
}

function readRun(fields: Fields): RunState {
  const shared = {
    runId: fields.text("run_id"),
    workflowId: fields.text("workflow_id"),
    workflowVersion: fields.textOrNull("workflow_version"),
    graphHash: fields.textOrNull("graph_hash"),
    nonce: fields.text("nonce"),
    currentNode: fields.text("current_node"),
    vars: fields.object("vars"),
    paused: fields.flag("paused", false),
    createdAt: fields.instant("created_at"),
    updatedAt: fields.instant("updated_at"),
    actorId: fields.textOrNull("actor_id"),
    sessionId: fields.textOrNull("session_id"),
    parentRunId: fields.textOrNull("parent_run_id"),
    parent: fields.optional("parent", decodeParent),
    origin: fields.optional("origin", decodeOrigin),
    depth: fields.count("depth"),
    revision: fields.count("revision"),
    seq: fields.count("seq"),
    ordinal: fields.count("ordinal"),
  };
  const status = fields.oneOf("status", statuses);
  const open = { waiting: null, output: null, error: null };
  const ended = { pending: null, waiting: null, output: null, error: null };
  switch (status) {
    case "running":
      return { ...shared, ...open, status, pending: fields.optional("pending", decodePending) };
    case "waiting": {
      const waiting = decodeWait(fields.value("waiting"), fields.path("waiting"));
      return {
        ...shared,
        ...open,
        status,
        pending: fields.optional("pending", decodePending),
        waiting,
      };
    }
    case "completed":
      return { ...shared, ...ended, status, output: fields.value("output") };
    case "failed":
    case "cancelled":
      return { ...shared, ...ended, status, error: readError(fields) };
    default:
      return status satisfies never;
  }
}

function readError(fields: Fields): RunError {
  return decodeSplitError(fields) ?? fields.refuse("error_details", "an object");
}
