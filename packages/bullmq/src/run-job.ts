import type { Handover } from "@abstractruntime/core";

/** What a job of the queue holds, as BullMQ's dashboards show it. */
export interface RunJob {
  readonly run_id: string;
  readonly workflow_id: string;
  /** The lease under which the run was claimed. The job's id is the same, so that no run is queued twice for one claim. */
  readonly lease_id: string;
  readonly claimed_at: string;
  readonly revision: number;
}

/** What came of a job, as BullMQ's dashboards show it. */
export type JobResult =
  | { readonly outcome: "driven"; readonly status: string; readonly revision: number }
  /** Somebody else has the run by now, or had it: nothing was done. */
  | { readonly outcome: "lease_gone" }
  /** The worker was stopping: the run is free, and due for others. */
  | { readonly outcome: "handed_back" };

export function encodeRunJob(workflowId: string, handover: Handover): RunJob {
  const { runId, leaseId, claimedAt, revision } = handover;
  return {
    run_id: runId,
    workflow_id: workflowId,
    lease_id: leaseId,
    claimed_at: claimedAt,
    revision,
  };
}

/** @throws Error the data is of no job of ours: somebody else writes into the queue */
export function decodeRunJob(data: unknown): Handover {
  const { run_id, lease_id, claimed_at, revision } = (data ?? {}) as Partial<RunJob>;
  if (
    typeof run_id !== "string" ||
    typeof lease_id !== "string" ||
    typeof claimed_at !== "string" ||
    typeof revision !== "number"
  )
    throw new Error("the job holds no run: let nobody but a BullFleet add to this queue");
  return { runId: run_id, leaseId: lease_id, claimedAt: claimed_at, revision };
}
