import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { ClaimRequest, WorkflowRef } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";

/** What of a stored run says who can drive it. */
export interface DrivableRow {
  readonly runId: string;
  readonly run: Pick<RunState, "workflowId" | "workflowVersion" | "graphHash">;
}

/**
 * Whether a run is one that the caller can drive.
 *
 * @throws invalid_argument `limit` or `leaseIds` are not what `ClaimRequest` asks for.
 */
export function claimFilter(request: ClaimRequest): (row: DrivableRow) => boolean {
  checkRequest(request);
  const runIds = request.runIds && new Set(request.runIds);
  const byWorkflow = request.workflows && Map.groupBy(request.workflows, (ref) => ref.workflowId);
  return (row) =>
    (runIds === undefined || runIds.has(row.runId)) &&
    (byWorkflow === undefined ||
      (byWorkflow.get(row.run.workflowId) ?? []).some((ref) => drives(ref, row)));
}

function drives({ graphHash, workflowVersion }: WorkflowRef, { run }: DrivableRow): boolean {
  return isOf(graphHash, run.graphHash) && isOf(workflowVersion, run.workflowVersion);
}

function isOf(wanted: string | undefined, has: string | null): boolean {
  return wanted === undefined || has === null || has === wanted;
}

/** @throws invalid_argument a store gives out 1 to 1,000 runs at once */
export function assertClaimLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `limit is ${limit}: give a whole number from 1 to 1000`,
  );
}

function checkRequest({ limit, leaseIds }: ClaimRequest): void {
  assertClaimLimit(limit);
  if (leaseIds.length < limit)
    throw new AbstractRuntimeError(
      "invalid_argument",
      `leaseIds has ${leaseIds.length} ids for a limit of ${limit}: give one for each run`,
    );
}
