import type { ChainOptions } from "./chain-verifier.ts";
import type { LedgerLine } from "./ledger-lines.ts";
import type { LedgerReport } from "./ledger-report.ts";
import { LedgerVerifier, type KnownEnd } from "./ledger-verifier.ts";

/** A ledger, and what it is compared with. */
export interface LedgerToVerify extends ChainOptions, KnownEnd {
  /** Its lines as they were stored: `recordTexts`, or `ledgerLines` of a file. */
  readonly texts: Iterable<LedgerLine>;
}

/**
 * Look whether a ledger is whole: its chain holds, its records follow one another, it ends where the run's head says, and it
 * makes the state that is stored. Without a head, nobody can tell that records are missing at its end.
 *
 * Records without a hash may stand before the chain, unless `mayBeginUnchained` is false; `chain.chainedFrom` says where it
 * begins.
 */
export function verifyLedger({ texts, mayBeginUnchained, ...known }: LedgerToVerify): LedgerReport {
  const verifier = new LedgerVerifier({ mayBeginUnchained });
  for (const text of texts) verifier.add(text);
  return verifier.end(known);
}
