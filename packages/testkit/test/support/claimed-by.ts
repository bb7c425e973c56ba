import type { DurableStore } from "@abstractruntime/core";

/** Ids of the runs that a worker looking for work now gets, held for a second. */
export async function claimedBy(owner: string, store: DurableStore): Promise<readonly string[]> {
  const leaseIds = Array.from({ length: 10 }, (_, index) => `${owner}-${index}`);
  const { runs } = await store.claimDue({
    owner,
    leaseMs: 1_000,
    limit: leaseIds.length,
    leaseIds,
  });
  return runs.map(({ run }) => run.runId);
}
