import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  type LedgerRecord,
} from "@abstractruntime/core/store";
import type { SimulatedRun } from "./simulate.ts";

/** How a run and its children ended, without what differs from one schedule to the next: ids, times, attempts. */
export function comparableEnd(runId: string, runs: ReadonlyMap<string, SimulatedRun>): JsonValue {
  const found = runs.get(runId);
  if (found === undefined) return null;
  const { run, ledger } = found;
  const { status, currentNode, vars, output, error, waiting, paused } = run;
  const children = [...runs.values()]
    .filter((other) => other.run.parentRunId === runId)
    .toSorted((a, b) => ordinalOf(a) - ordinalOf(b) || indexOf(a) - indexOf(b))
    .map((child) => comparableEnd(child.run.runId, runs));
  const effects = new Map(
    ledger.flatMap((record) =>
      "effectType" in record ? [[record.stepId, record.effectType] as const] : [],
    ),
  );
  const end: JsonObject = {
    status,
    currentNode,
    paused,
    vars: timeless(vars),
    output: timeless(output),
    error:
      error === null
        ? null
        : { code: error.code, message: timeless(error.message), nodeId: error.nodeId },
    waiting:
      waiting === null
        ? null
        : { reason: waiting.reason, gate: waiting.gate, prompt: waiting.prompt },
    steps: ledger.flatMap((record) => endOfStep(record, effects)),
    children,
  };
  return end;
}

/** How a step ended for good, if this record says so. That it happened counts alike, whoever says it. */
function endOfStep(record: LedgerRecord, effects: ReadonlyMap<string, string>): readonly string[] {
  if (record.kind === "completed") return [`${record.nodeId}: ${record.effectType}`];
  if (record.kind === "settled" && record.verdict === "happened")
    return [`${record.nodeId}: ${effects.get(record.stepId ?? "")}`];
  if (record.kind === "failed" && record.retryAt === null)
    return [`${record.nodeId}: ${record.effectType} failed`];
  if (record.kind === "answered" || record.kind === "timed_out")
    return [`${record.nodeId}: ${record.kind}`];
  return [];
}

function ordinalOf({ run }: SimulatedRun): number {
  return Number(run.parent?.stepId.split(":").at(-1) ?? 0);
}

/** Among the children of one step. */
function indexOf({ run }: SimulatedRun): number {
  return run.parent?.index ?? 0;
}

/** Without instants, names of children and numbers of attempts. */
function timeless(value: JsonValue): JsonValue {
  const text = canonicalJson(value)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>")
    .replaceAll(/\b(?:[0-9a-f]{32}|[0-9a-f]{24}-\d{7})\b/g, "<id>")
    .replaceAll(/token-\d+-\d+/g, "<id>")
    .replaceAll(/"attempt": ?\d+/g, '"attempt":0');
  return JSON.parse(text) as JsonValue;
}
