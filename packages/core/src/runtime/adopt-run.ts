import { parseInstant } from "../time/instant.ts";
import { DueRun } from "./claim-runs.ts";
import type { Shell } from "./drive-run.ts";

/** A claimed run on its way to another process: what `adopt` needs there. */
export interface Handover {
  readonly runId: string;
  readonly leaseId: string;
  /** The store's time of the claim, ISO 8601. */
  readonly claimedAt: string;
  /** The revision that was claimed. */
  readonly revision: number;
}

/**
 * Take over a run that another process claimed, under the same lease. Undefined: the lease is somebody else's by now, or
 * the run went on under it, so that a handover which arrives twice is driven once. Of two that adopt it in the same
 * moment, only one can commit; the other's first commit is a `revision_conflict` before it has performed anything.
 *
 * @throws runtime_closed, invalid_instant, store_unavailable
 */
export async function adoptRun(shell: Shell, handover: Handover): Promise<DueRun | undefined> {
  const { drivers } = shell;
  drivers.assertOpen();
  const claimedAt = parseInstant(handover.claimedAt);
  return drivers.claiming(adopt(shell, handover, claimedAt));
}

async function adopt(
  shell: Shell,
  { runId, leaseId, revision }: Handover,
  claimedAt: number,
): Promise<DueRun | undefined> {
  const { store, owner, leaseMs } = shell.kernel;
  const subject = await store.load(runId);
  if (subject?.head.leaseId !== leaseId || subject.run.revision !== revision) return undefined;
  const renewed = await store.renew([{ runId, leaseId }], leaseMs);
  if (!renewed.has(runId)) return undefined;
  return new DueRun(shell, { lease: { leaseId, owner, leaseMs }, subject, claimedAt });
}
