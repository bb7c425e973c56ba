import type { LedgerRecord } from "./ledger-record.ts";

/** The hash at which a hash chain stands after these records; null where the last one is not chained. */
export function ledgerHeadOf(records: readonly LedgerRecord[]): string | null {
  return records.at(-1)?.recordHash ?? null;
}
