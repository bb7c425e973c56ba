import type { TrustStore } from "../keys/trust-store.ts";
import type { SealedHead } from "../sign/seal.ts";

/** A head that the witness has and the ledger contradicts. */
export interface Contradiction {
  /** `missing`: the ledger ends before it. `different`: another record is in its place. */
  readonly type: "different" | "missing";
  readonly head: SealedHead;
}

/** What a witness says about a ledger. */
export interface WitnessReport {
  /** Nothing contradicts. A ledger about which the witness knows nothing is `ok`, with a `witnessedCount` of 0. */
  readonly ok: boolean;
  /** Heads of the run that the witness has, without those left out. */
  readonly heads: number;
  /** Heads that were left out, because no trusted key signed them. */
  readonly ignored: number;
  /** The first so many records were there, as they are now, when the last head that agrees was handed out. */
  readonly witnessedCount: number;
  /** When that head was signed, by the signer's clock. */
  readonly witnessedAt: string | null;
  /** By `seq`. History was rewritten or cut from the first of them, or from somewhere before. */
  readonly contradictions: readonly Contradiction[];
}

/** What a ledger's records come to. */
export interface LedgerHashes {
  /** The hash of each record's content, in order. */
  readonly hashes: readonly string[];
  /** How many of the first records follow each other: only there does a hash stand for what is before it. */
  readonly wholeCount: number;
}

/**
 * Compare a ledger with the heads that a witness kept of it.
 *
 * @param trust to leave out heads that none of its keys signed
 */
export function compareHeads(
  ledger: LedgerHashes,
  kept: readonly SealedHead[],
  trust: TrustStore | undefined,
): WitnessReport {
  const heads = kept.filter((head) => trust === undefined || isSigned(head, trust));
  const contradictions: Contradiction[] = [];
  let latest: SealedHead | null = null;
  for (const head of heads) {
    const type = contradictionOf(head, ledger);
    if (type === null) latest = head;
    else contradictions.push({ type, head });
  }
  return {
    ok: contradictions.length === 0,
    heads: heads.length,
    ignored: kept.length - heads.length,
    witnessedCount: latest?.seq ?? 0,
    witnessedAt: latest?.time ?? null,
    contradictions,
  };
}

function contradictionOf(
  { seq, headHash }: SealedHead,
  { hashes, wholeCount }: LedgerHashes,
): Contradiction["type"] | null {
  if (seq > hashes.length) return "missing";
  return seq <= wholeCount && hashes[seq - 1] === headHash ? null : "different";
}

function isSigned(head: SealedHead, trust: TrustStore): boolean {
  const status = trust.judge(head);
  return status !== "unknown_key" && status !== "bad_signature";
}
