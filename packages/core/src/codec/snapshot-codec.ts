import type { JsonObject } from "../json/json-value.ts";
import type { Snapshot } from "../ports/snapshot-store.ts";
import { Fields } from "./fields.ts";
import { parseJsonText, refuseLossyNumbers } from "./parse-json-text.ts";
import { decodeRun, encodeRun, isLegacyRun } from "./run-codec.ts";

/** A snapshot at rest, in 0.2.0's fields and order. */
export function encodeSnapshot(snapshot: Snapshot): JsonObject {
  return {
    snapshot_id: snapshot.snapshotId,
    run_id: snapshot.runId,
    step_id: snapshot.stepId,
    name: snapshot.name,
    description: snapshot.description,
    tags: snapshot.tags,
    created_at: snapshot.createdAt,
    updated_at: snapshot.updatedAt,
    run_state: encodeRun(snapshot.runState),
  };
}

/** @throws store_corrupt */
export function decodeSnapshot(value: unknown, where: string): Snapshot {
  const fields = new Fields(value, where);
  return {
    snapshotId: fields.text("snapshot_id"),
    runId: fields.text("run_id"),
    stepId: fields.textOrNull("step_id"),
    name: fields.text("name"),
    description: fields.textOrNull("description"),
    tags: fields.lacks("tags") ? [] : fields.texts("tags"),
    createdAt: fields.instant("created_at"),
    updatedAt: fields.instantOrNull("updated_at") ?? fields.instant("created_at"),
    runState: decodeRun(fields.value("run_state"), fields.path("run_state")),
  };
}

/**
 * A snapshot file from its text.
 *
 * @throws store_corrupt also at numbers in a run of 0.2.0 that JavaScript can't hold
 */
export function parseSnapshotText(text: string, where: string): Snapshot {
  const value = parseJsonText(text, where);
  if (isLegacyRun(new Fields(value, where).inner("run_state"))) refuseLossyNumbers(text, where);
  return decodeSnapshot(value, where);
}
