import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { PurgeRequest } from "../ports/purge-request.ts";
import type { ParentLink, RunState } from "../run/run-state.ts";
import { parseInstant } from "../time/instant.ts";
import type { Wait } from "../wait/wait.ts";

/** What of a run decides whether it may go. */
export interface PurgeableRun {
  readonly runId: string;
  readonly run: Pick<RunState, "status" | "workflowId" | "updatedAt" | "parentRunId"> & {
    readonly parent: Pick<ParentLink, "stepId"> | null;
    readonly waiting: Pick<Wait, "stepId"> | null;
  };
}

/** A store's runs with its index by parent. */
export interface RunFamilies<Row extends PurgeableRun> {
  get(runId: string): Row | undefined;
  all(): Iterable<Row>;
  childrenOf(runId: string): Iterable<Row>;
}

/**
 * The runs that `DurableStore.purge` removes, in that order: each after those below it.
 *
 * @throws invalid_argument, invalid_instant
 */
export function choosePurged<Row extends PurgeableRun>(
  runs: RunFamilies<Row>,
  { endedBefore, statuses, workflowId, limit = 1_000 }: PurgeRequest,
): readonly Row[] {
  const before = parseInstant(endedBefore);
  if (!Number.isInteger(limit) || limit < 1)
    throw new AbstractRuntimeError(
      "invalid_argument",
      `limit is ${limit}: give a whole number from 1`,
    );
  const isOld = ({ run }: Row): boolean => hasEnded(run) && parseInstant(run.updatedAt) < before;
  const wanted = new Set<string>(statuses);
  const tops = [...runs.all()]
    .filter(
      (row) =>
        isOld(row) &&
        (statuses === undefined || wanted.has(row.run.status)) &&
        (workflowId === undefined || row.run.workflowId === workflowId) &&
        goesByItself(row, runs),
    )
    .map((row) => ({ row, endedAt: parseInstant(row.run.updatedAt) }))
    .toSorted((a, b) => a.endedAt - b.endedAt);
  const chosen: Row[] = [];
  for (const { row } of tops) {
    if (chosen.length >= limit) break;
    const family = familyOf(row, runs);
    if (family.every(isOld)) for (const run of family.toReversed()) chosen.push(run);
  }
  return chosen.slice(0, limit);
}

/** Whether nobody needs this run: it has no parent any more, or one that goes on without it. */
function goesByItself<Row extends PurgeableRun>({ run }: Row, runs: RunFamilies<Row>): boolean {
  const parent = run.parentRunId === null ? undefined : runs.get(run.parentRunId);
  if (parent === undefined) return true;
  if (hasEnded(parent.run) || run.parent === null) return false;
  return parent.run.waiting?.stepId !== run.parent.stepId;
}

/** A run and all runs below it, each before its children. */
function familyOf<Row extends PurgeableRun>(top: Row, runs: RunFamilies<Row>): readonly Row[] {
  const family = [top];
  for (const { runId } of family) for (const child of runs.childrenOf(runId)) family.push(child);
  return family;
}

function hasEnded({ status }: PurgeableRun["run"]): boolean {
  return status !== "running" && status !== "waiting";
}
