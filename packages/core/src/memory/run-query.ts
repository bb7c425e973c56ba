import type { RunQuery } from "../ports/run-query.ts";
import type { ForkOrigin, RunState } from "../run/run-state.ts";
import { parseInstant } from "../time/instant.ts";
import type { Wait } from "../wait/wait.ts";

/** What of a run a query looks at, so that an index can answer it. */
export type QueriedRun = Pick<
  RunState,
  | "status"
  | "paused"
  | "workflowId"
  | "workflowVersion"
  | "graphHash"
  | "actorId"
  | "sessionId"
  | "parentRunId"
  | "createdAt"
  | "updatedAt"
> & {
  readonly waiting: Pick<Wait, "reason" | "gate" | "waitKeys"> | null;
  readonly origin: Pick<ForkOrigin, "runId"> | null;
};

/** Whether a run passes all filters of a query. Instants are parsed once, here; @throws invalid_instant. */
export function runFilter(query: RunQuery): (run: QueriedRun) => boolean {
  const created = period(query.createdAfter, query.createdBefore);
  const updated = period(query.updatedAfter, query.updatedBefore);
  return (run) =>
    isOrAny(query.status, run.status) &&
    (query.statuses?.includes(run.status) ?? true) &&
    isOrAny(query.paused, run.paused) &&
    isOrAny(query.workflowId, run.workflowId) &&
    isOrAny(query.workflowVersion, run.workflowVersion) &&
    isOrAny(query.graphHash, run.graphHash) &&
    isOrAny(query.actorId, run.actorId) &&
    isOrAny(query.sessionId, run.sessionId) &&
    isOrAny(query.parentRunId, run.parentRunId) &&
    isOrAny(query.root, run.parentRunId === null) &&
    isOrAny(query.originRunId, run.origin?.runId) &&
    isOrAny(query.waitReason, run.waiting?.reason) &&
    isOrAny(query.gate, run.waiting?.gate) &&
    isOrAny(query.stuck, run.waiting?.gate === "stuck") &&
    (query.waitKey === undefined || (run.waiting?.waitKeys.includes(query.waitKey) ?? false)) &&
    created(run.createdAt) &&
    updated(run.updatedAt);
}

function isOrAny<Value>(wanted: Value | undefined, found: Value | null | undefined): boolean {
  return wanted === undefined || wanted === found;
}

function period(
  after: string | undefined,
  before: string | undefined,
): (instant: string) => boolean {
  if (after === undefined && before === undefined) return () => true;
  const from = after === undefined ? -Infinity : parseInstant(after);
  const to = before === undefined ? Infinity : parseInstant(before);
  return (instant) => {
    const at = parseInstant(instant);
    return at >= from && at < to;
  };
}
