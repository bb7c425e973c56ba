import type { JsonObject, LedgerRecord } from "@abstractruntime/core/store";
import type { ChainReport } from "./chain-report.ts";
import { ChainVerifier, type ChainOptions } from "./chain-verifier.ts";
import type { LedgerLine } from "./ledger-lines.ts";

/**
 * Look whether each record is as it was hashed and follows the one before it, ours and 0.2.0's alike.
 *
 * A chain has no key. It shows that a ledger was changed by somebody who did not hash it anew, or not to its end. It can't
 * show that its last records are missing, or that all of it was made up: `verifyLedger` needs the run's head for that.
 *
 * @param records lines as they were stored (`recordTexts`), or records that were parsed; the report says which.
 */
export function verifyLedgerChain(
  records: Iterable<LedgerLine> | Iterable<JsonObject> | Iterable<LedgerRecord>,
  options?: ChainOptions,
): ChainReport {
  const verifier = new ChainVerifier(options);
  for (const record of records)
    if (isLine(record)) verifier.addLine(record);
    else verifier.addParsed(record);
  return verifier.report();
}

function isLine(record: LedgerLine | JsonObject | LedgerRecord): record is LedgerLine {
  return typeof record === "string" || record instanceof Uint8Array;
}
