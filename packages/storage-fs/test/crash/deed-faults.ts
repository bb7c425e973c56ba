import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue, LedgerRecord } from "@abstractruntime/core";
import type { Deed } from "./evidence.ts";
import type { Picture } from "./picture.ts";
import { type StepFacts, stepsIn } from "./step-facts.ts";

/**
 * What was done, held against what the ledgers say.
 *
 * @param ended how often the effect of each step that has ended was begun when that was first seen; kept from one
 *   inspection to the next
 */
export function deedFaults(
  { runs, artifacts, snapshots }: Picture,
  deeds: readonly Deed[],
  ended: Map<string, number>,
): readonly string[] {
  const faults: string[] = [];
  const byStep = Map.groupBy(deeds, ({ stepId }) => stepId);
  const steps = new Map([...runs.values()].flatMap(({ ledger }) => [...stepsIn(ledger)]));
  for (const [stepId, done] of byStep) {
    const step = steps.get(stepId);
    if (step === undefined) faults.push(`${stepId} was performed and is in no ledger`);
    else faults.push(...stepFaults(step, done).map((fault) => `${stepId} ${fault}`));
  }
  for (const [stepId, { end }] of steps) {
    if (end === null) continue;
    const starts = (byStep.get(stepId) ?? []).filter(({ phase }) => phase === "start").length;
    const before = ended.get(stepId) ?? starts;
    if (starts > before) faults.push(`${stepId} had ended and was performed again`);
    ended.set(stepId, before);
    faults.push(...contentFaults(end.result, artifacts, snapshots));
  }
  return faults;
}

function stepFaults(step: StepFacts, done: readonly Deed[]): readonly string[] {
  const { replay, begun, certainly, end } = step;
  const starts = done.filter(({ phase }) => phase === "start");
  const attempts = starts.map(({ attempt }) => attempt);
  const faults: string[] = [];
  if (new Set(attempts).size < attempts.length) faults.push("performed one attempt twice");
  if (attempts.some((attempt) => !begun.has(attempt)))
    faults.push("performed an attempt that no record begins");
  if (done.some(({ key }) => key !== step.key)) faults.push("was given another idempotency key");
  if (end !== null && attempts.some((attempt) => attempt > end.attempt))
    faults.push("was performed after its end");
  if (replay === "never" && starts.length > 1 + certainly)
    faults.push(`may happen once and was begun ${starts.length} times`);
  if (replay === "never" && done.filter(({ phase }) => phase === "end").length > 1)
    faults.push("may happen once and happened twice");
  const last = done.find(({ phase, attempt }) => phase === "end" && attempt === end?.attempt);
  if (end?.result !== undefined && !isDeepStrictEqual(last?.result, end.result))
    faults.push("ended with a result that nobody returned");
  return faults;
}

/** What results name is there. */
function contentFaults(
  result: JsonValue | undefined,
  artifacts: ReadonlySet<string>,
  snapshots: ReadonlySet<string>,
): readonly string[] {
  const { $artifact: artifact, bookmarked } = fieldsOf(result);
  if (typeof artifact === "string" && !artifacts.has(artifact))
    return [`artifact ${artifact} is lost`];
  if (typeof bookmarked === "number" && !snapshots.has(`papers-${bookmarked}`))
    return [`snapshot papers-${bookmarked} is lost`];
  return [];
}

/** A step has one child in each place at the most, and has those that its records speak of. */
export function childFaults({ runs }: Picture): readonly string[] {
  const faults: string[] = [];
  const parents = new Set<string>();
  for (const { run, ledger } of runs.values()) {
    if (run.parent !== null) {
      const step = `${run.parent.runId} ${run.parent.stepId} ${run.parent.index ?? ""}`;
      if (parents.has(step)) faults.push(`${step} has two children`);
      parents.add(step);
      if (!runs.has(run.parent.runId)) faults.push(`${run.runId} has no parent`);
    }
    for (const record of ledger) {
      const begun = begunBy(record);
      if (begun !== null && begun.count > placesOf(runs, begun.stepId))
        faults.push(`${begun.stepId} has begun ${begun.count} children, and some are lost`);
      const named =
        record.kind === "completed"
          ? childIn(record.result)
          : record.kind === "waiting"
            ? childIn(record.wait.details)
            : undefined;
      if (named !== undefined && !runs.has(named)) faults.push(`child ${named} is lost`);
    }
  }
  return faults;
}

/** How many children of a join a record has begun, with those before. */
function begunBy(record: LedgerRecord): { readonly stepId: string; readonly count: number } | null {
  if (record.kind !== "waiting" || record.wait.join === null) return null;
  return { stepId: record.stepId, count: record.wait.join.begun };
}

function placesOf(runs: Picture["runs"], stepId: string): number {
  return [...runs.values()].filter(({ run }) => run.parent?.stepId === stepId).length;
}

function childIn(value: JsonValue): string | undefined {
  const { sub_run_id: childId } = fieldsOf(value);
  return typeof childId === "string" ? childId : undefined;
}

/** The fields of an object; none of anything else. */
function fieldsOf(value: JsonValue | undefined): JsonObject {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : {};
}
