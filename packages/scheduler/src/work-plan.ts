import type { WorkflowShare } from "./scheduler-options.ts";

/** One claim to make: so many runs of these workflows at the most. */
interface PlannedClaim {
  readonly workflowIds: readonly string[];
  readonly limit: number;
}

export interface WorkPlan {
  /** In this order. What one takes, the next has less of `free`. */
  readonly claims: readonly PlannedClaim[];
  /** Whether a workflow has no claim for want of room. */
  readonly isFull: boolean;
}

export interface Room {
  /** Ids of the workflows that may be driven. */
  readonly workflowIds: readonly string[];
  readonly shares: Readonly<Record<string, WorkflowShare>>;
  /** Runs that may be taken in all. */
  readonly free: number;
  /** Runs of a workflow that are driven now. */
  readonly underWay: (workflowId: string) => number;
}

/** A store gives at most so many runs at once. */
const MAX_CLAIM = 1_000;

/**
 * Which claims to make, first those of the highest priority. Workflows with a bound of their own are claimed one by one;
 * the others of a priority together, the longest due first.
 */
export function planClaims({ workflowIds, shares, free, underWay }: Room): WorkPlan {
  const byPriority = Map.groupBy(workflowIds, (id) => shares[id]?.priority ?? 0);
  const wanted = [...byPriority]
    .toSorted(([a], [b]) => b - a)
    .flatMap(([, ids]) => {
      const open = ids.filter((id) => shares[id]?.concurrency === undefined);
      const bound = ids.filter((id) => shares[id]?.concurrency !== undefined);
      return [
        ...(open.length === 0 ? [] : [{ workflowIds: open, limit: free }]),
        ...bound.map((id) => ({
          workflowIds: [id],
          limit: Math.min(free, (shares[id]?.concurrency ?? free) - underWay(id)),
        })),
      ];
    });
  const claims = wanted
    .filter(({ limit }) => limit > 0)
    .map((claim) => ({ ...claim, limit: Math.min(claim.limit, MAX_CLAIM) }));
  return { claims, isFull: claims.length < wanted.length };
}
