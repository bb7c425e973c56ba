import { isDeepStrictEqual } from "node:util";
import type { DurableStore, LedgerRecord } from "@abstractruntime/core/store";

/** What a new run's ledger has of another's: for a fork, the records before the one that says so. */
export function copiedRecords(
  runId: string,
  records: readonly LedgerRecord[],
): readonly LedgerRecord[] {
  const at = records.findIndex(({ kind, runId: owner }) => kind === "forked" && owner === runId);
  return records.slice(0, Math.max(at, 0));
}

/** Whether the first records of a ledger are those of the run that it is a fork of. */
export async function isCopied(
  store: DurableStore,
  copied: readonly LedgerRecord[],
  records: readonly LedgerRecord[],
): Promise<boolean> {
  const forked = records[copied.length];
  if (copied.length === 0 || forked?.kind !== "forked") return true;
  const theirs = await store.records(forked.origin.runId, { limit: copied.length });
  return isDeepStrictEqual(copied, theirs);
}
