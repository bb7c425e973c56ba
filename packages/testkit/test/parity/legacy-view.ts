import type { JsonObject, JsonValue, LedgerRecord } from "@abstractruntime/core";
import { encodeRecord } from "@abstractruntime/core/store";
import { waitFields } from "./run-view.ts";

/** A record as 0.2.0's ledger would show it. `step` names an attempt, as 0.2.0's step ids do. */
export interface LegacyStep {
  readonly step: string;
  /** The step, which all its attempts share; null for the run's end. */
  readonly visit: string | null;
  readonly key: string | null;
  readonly fields: JsonObject;
  /** How 0.2.0 shows a wait for a child that ended before the parent's tick did: as the step's end. */
  readonly folded?: JsonObject;
}

interface OpenStep {
  readonly effect: JsonObject;
  interruptions: number;
}

/**
 * A ledger as 0.2.0's: only the records that it had. Ours has more (the beginning, answers, timers, cancels, failed
 * runs), names the payload once per step, and ends a wait for a child with a record of its own.
 */
export function legacyView(records: readonly LedgerRecord[]): readonly LegacyStep[] {
  const open = new Map<string, OpenStep>();
  const steps: LegacyStep[] = [];
  for (const record of records) {
    const step = stepOf(record, open);
    if (step !== null) steps.push(step);
    foldChild(record, steps);
  }
  return steps;
}

function stepOf(record: LedgerRecord, open: Map<string, OpenStep>): LegacyStep | null {
  const fields = encodeRecord(record);
  if (record.kind === "begun") {
    if (record.intent !== null)
      open.set(record.stepId, { effect: fields["effect"] as JsonObject, interruptions: 0 });
    return view(record, { ...fields, status: "started" }, open);
  }
  if (record.kind === "interrupted") {
    const step = open.get(record.stepId);
    if (step !== undefined) step.interruptions += 1;
    return null;
  }
  if (record.kind === "waiting")
    return view(record, { ...fields, result: { wait: waitFields(record.wait) } }, open);
  if (record.kind === "completed" || record.kind === "failed") return view(record, fields, open);
  return record.kind === "ended" && record.status === "completed"
    ? { step: `end:${record.runId}`, visit: null, key: null, fields: only(fields) }
    : null;
}

function view(
  record: Extract<LedgerRecord, { readonly stepId: string; readonly attempt: number }> & {
    readonly idempotencyKey?: string;
  },
  fields: JsonObject,
  open: ReadonlyMap<string, OpenStep>,
): LegacyStep {
  const { stepId, attempt, idempotencyKey = null } = record;
  const { effect, interruptions } = open.get(stepId) ?? { effect: {}, interruptions: 0 };
  return {
    step: `${stepId}:${attempt}`,
    visit: stepId,
    key: idempotencyKey,
    // A crash of 0.2.0 left no trace in its attempts.
    fields: only({ ...fields, effect, attempt: attempt - interruptions }),
  };
}

/** Note that a child's end may stand for the end of the step that waited for it. */
function foldChild(record: LedgerRecord, steps: LegacyStep[]): void {
  if (record.kind !== "answered") return;
  const index = steps.findLastIndex(({ visit }) => visit !== null && visit === record.stepId);
  const waiting = steps[index];
  if (waiting === undefined) return;
  const effect = waiting.fields["effect"] as JsonObject;
  if (effect["type"] !== "start_subworkflow") return;
  const told: Record<string, JsonValue> =
    record.error === null
      ? { status: "completed", result: record.result }
      : { status: "failed", result: null, error: record.error.message };
  steps[index] = { ...waiting, folded: { ...waiting.fields, ...told } };
}

const kept = [
  "run_id",
  "node_id",
  "status",
  "effect",
  "result",
  "error",
  "actor_id",
  "session_id",
  "attempt",
] as const;

function only(fields: JsonObject): JsonObject {
  return Object.fromEntries(kept.map((name) => [name, fields[name] ?? null]));
}
