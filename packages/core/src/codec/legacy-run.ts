import { createHash } from "node:crypto";
import type { RunError, RunState, RunStatus } from "../run/run-state.ts";
import { isInstant } from "../time/instant.ts";
import type { Wait } from "../wait/wait.ts";
import type { Fields } from "./fields.ts";
import { readWait } from "./wait-codec.ts";

const statuses: readonly RunStatus[] = ["running", "waiting", "completed", "failed", "cancelled"];
const unknownTime = "1970-01-01T00:00:00.000Z";

/**
 * A run as 0.2.0 wrote it. Missing optional fields are null, as 0.2.0 reads them; what it leaves behind beside a status
 * (the error of a cancelled run that was ticked on to its end) is dropped.
 *
 * @throws store_corrupt a required field is missing, or a field has a type or value that 0.2.0 never wrote
 */
export function decodeLegacyRun(fields: Fields): RunState {
  const runId = fields.text("run_id");
  const createdAt =
    fields.instantOrNull("created_at") ?? fields.instantOrNull("updated_at") ?? unknownTime;
  const shared = {
    runId,
    workflowId: fields.text("workflow_id"),
    workflowVersion: null,
    graphHash: null,
    nonce: runId,
    currentNode: fields.text("current_node"),
    vars: fields.lacks("vars") ? {} : fields.object("vars"),
    paused: false,
    createdAt,
    updatedAt: fields.instantOrNull("updated_at") ?? createdAt,
    actorId: fields.textOrNull("actor_id"),
    sessionId: fields.textOrNull("session_id"),
    parentRunId: fields.textOrNull("parent_run_id"),
    parent: null,
    origin: null,
    depth: 0,
    revision: 0,
    seq: 0,
    ordinal: 0,
    pending: null,
    waiting: null,
    output: null,
    error: null,
  };
  const status = fields.oneOf("status", statuses);
  switch (status) {
    case "running":
      return { ...shared, status };
    case "waiting":
      return {
        ...shared,
        status,
        waiting: readLegacyWait(fields.inner("waiting"), runId, shared.updatedAt),
      };
    case "completed":
      return { ...shared, status, output: fields.value("output") };
    case "failed":
      return {
        ...shared,
        status,
        error: readLegacyError(fields, "effect_failed", "unknown error"),
      };
    case "cancelled":
      return { ...shared, status, error: readLegacyError(fields, "cancelled", "Cancelled") };
    default:
      return status satisfies never;
  }
}

function readLegacyWait(fields: Fields, runId: string, updatedAt: string): Wait {
  const until = fields.textOrNull("until");
  // The same file gives the same id at each reading, and the next wait of the run another.
  const seed = JSON.stringify([
    runId,
    updatedAt,
    fields.value("reason"),
    fields.value("wait_key"),
    until,
  ]);
  const waitId = `legacy-${createHash("sha256").update(seed).digest("hex").slice(0, 32)}`;
  return readWait(fields, waitId, until === null ? null : readUntil(fields, until));
}

/** 0.2.0 compares times as text with a time in UTC, so that one without a zone, or without a time, is meant in UTC. */
function readUntil(fields: Fields, until: string): string {
  const instant = [until, `${until}Z`, `${until}T00:00:00Z`].find(isInstant);
  return instant ?? fields.refuse("until", "an instant like 2026-03-01T09:00:00Z");
}

function readLegacyError(fields: Fields, code: string, missing: string): RunError {
  const message = fields.textOrNull("error") ?? missing;
  return { code, message, nodeId: fields.text("current_node"), stepId: null, attempt: null };
}
