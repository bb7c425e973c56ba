import type { Abortable, DurableStore } from "@abstractruntime/core/store";
import { TrustStore } from "../keys/trust-store.ts";
import type { TrustedKey } from "../keys/trusted-key.ts";
import { type ChainOptions, ChainVerifier } from "../verify/chain-verifier.ts";
import { compareHeads, type WitnessReport } from "./compare-heads.ts";
import { ledgerTexts } from "./ledger-texts.ts";
import type { Witness } from "./witness.ts";

export interface WitnessOptions extends ChainOptions, Abortable {
  /**
   * To leave out heads that none of these keys signed, which somebody else may have given the witness. Without keys every
   * head that it has for the run counts.
   */
  readonly keys?: TrustStore | Iterable<TrustedKey> | undefined;
}

/**
 * Compare a ledger with the heads that a witness has of it. This finds a history that was rewritten and signed anew by
 * somebody who holds every key; it can't find what was changed before a head of it was handed out.
 *
 * @param source the ledger's texts, as stored, or the store that has them
 * @throws what the witness and the store throw
 */
export async function verifyAgainstWitness(
  source: DurableStore | Iterable<string>,
  runId: string,
  witness: Pick<Witness, "list">,
  { keys, signal, ...chain }: WitnessOptions = {},
): Promise<WitnessReport> {
  const abortable = signal === undefined ? {} : { signal };
  const verifier = new ChainVerifier(chain);
  const hashes: string[] = [];
  const add = (text: string): void => {
    const links = verifier.addLine(text);
    if (text.trim() !== "") hashes.push(links?.computed ?? "");
  };
  if ("recordTexts" in source)
    for await (const text of ledgerTexts(source, runId, abortable)) add(text);
  else for (const text of source) add(text);
  const wholeCount = verifier.report().firstBadIndex ?? Infinity;
  const heads = await witness.list(runId, abortable);
  return compareHeads({ hashes, wholeCount }, heads, trustOf(keys));
}

function trustOf(keys: WitnessOptions["keys"]): TrustStore | undefined {
  return keys === undefined || keys instanceof TrustStore ? keys : new TrustStore(keys);
}
