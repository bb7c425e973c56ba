import { TrustStore } from "../keys/trust-store.ts";
import type { TrustedKey } from "../keys/trusted-key.ts";
import { type ChainOptions, ChainVerifier } from "../verify/chain-verifier.ts";
import { SignatureCheck } from "./signature-check.ts";
import type { SignatureReport } from "./signature-report.ts";

export interface SignatureOptions extends ChainOptions {
  /** Trusted from elsewhere: keys that came with the ledger prove nothing. */
  readonly keys: TrustStore | Iterable<TrustedKey>;
}

/**
 * Look which records of a ledger are sealed, by whom, and what that is worth. Only public keys are needed.
 *
 * A seal proves the records up to its own, as far as the chain is whole. What is wrong with the chain `verifyLedgerChain`
 * tells. A missing seal is not seen: the records after the last one are reported as unsealed.
 *
 * @param texts as stored (`recordTexts`), from the first record on
 * @throws invalid_id, invalid_key, invalid_argument a trusted key is none
 */
export function verifySignatures(
  texts: Iterable<string>,
  { keys, ...chain }: SignatureOptions,
): SignatureReport {
  const check = new SignatureCheck(keys instanceof TrustStore ? keys : new TrustStore(keys));
  const verifier = new ChainVerifier(chain);
  for (const text of texts) {
    verifier.addLine(text);
    // As in the chain, a blank line is no record.
    if (text.trim() !== "") check.add(text);
  }
  return check.end(verifier.report().firstBadIndex ?? Infinity);
}
