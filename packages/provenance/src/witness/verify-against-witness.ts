import type { Abortable, DurableStore } from "@abstractruntime/core/store";
import { TrustStore } from "../keys/trust-store.ts";
import type { TrustedKey } from "../keys/trusted-key.ts";
import type { SealedHead } from "../sign/seal.ts";
import { type ChainOptions, ChainVerifier } from "../verify/chain-verifier.ts";
import { ledgerTexts } from "./ledger-texts.ts";
import type { Witness } from "./witness.ts";

export interface WitnessOptions extends ChainOptions, Abortable {
  /**
   * To leave out heads that none of these keys signed, which somebody else may have given the witness. Without keys every
   * head that it has for the run counts.
   */
  readonly keys?: TrustStore | Iterable<TrustedKey> | undefined;
}

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
  const ledger = new WitnessedLedger(chain);
  if ("recordTexts" in source)
    for await (const text of ledgerTexts(source, runId, abortable)) ledger.add(text);
  else for (const text of source) ledger.add(text);
  return ledger.compare(await witness.list(runId, abortable), trustOf(keys));
}

/** The hashes of a ledger's records, as far as they are hashes of what is there. */
export class WitnessedLedger {
  readonly #verifier: ChainVerifier;
  readonly #hashes: string[] = [];

  constructor(options: ChainOptions = {}) {
    this.#verifier = new ChainVerifier(options);
  }

  /** @param text of the next record */
  add(text: string): void {
    const links = this.#verifier.addLine(text);
    if (text.trim() !== "") this.#hashes.push(links?.computed ?? "");
  }

  compare(kept: readonly SealedHead[], trust?: TrustStore): WitnessReport {
    const heads = kept.filter((head) => trust === undefined || isSigned(head, trust));
    const wholeCount = this.#verifier.report().firstBadIndex ?? Infinity;
    const contradictions: Contradiction[] = [];
    let latest: SealedHead | null = null;
    for (const head of heads) {
      const type = this.#contradictionOf(head, wholeCount);
      if (type !== null) contradictions.push({ type, head });
      else latest = head;
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

  /** A hash stands for what is before it only as long as each record follows the one before. */
  #contradictionOf(
    { seq, headHash }: SealedHead,
    wholeCount: number,
  ): Contradiction["type"] | null {
    if (seq > this.#hashes.length) return "missing";
    return seq <= wholeCount && this.#hashes[seq - 1] === headHash ? null : "different";
  }
}

function isSigned(head: SealedHead, trust: TrustStore): boolean {
  const status = trust.judge(head);
  return status !== "unknown_key" && status !== "bad_signature";
}

function trustOf(keys: WitnessOptions["keys"]): TrustStore | undefined {
  return keys === undefined || keys instanceof TrustStore ? keys : new TrustStore(keys);
}
