import type { TrustStore } from "../keys/trust-store.ts";
import { type HeadFields, headOf, readHeadFields } from "./read-head.ts";
import type { SealedHead } from "./seal.ts";
import type { CheckedSeal, SignatureReport } from "./signature-report.ts";
import { unsignedActors } from "./unsigned-actors.ts";

/** Looks at a ledger's signatures, record by record. Whether the records are what was hashed is for the chain to tell. */
export class SignatureCheck {
  readonly #trust: TrustStore;
  readonly #seals: CheckedSeal[] = [];
  /** Indexes of the records that name an actor with keys of its own. */
  readonly #claims = new Map<string, number[]>();
  #count = 0;

  constructor(trust: TrustStore) {
    this.#trust = trust;
  }

  /**
   * @param text of the next record, as stored
   * @returns what it says; `undefined` when it is no record
   */
  add(text: string): HeadFields | undefined {
    const index = this.#count++;
    const fields = readHeadFields(text, index + 1);
    if (fields === undefined) return undefined;
    this.#addClaim(index, fields.actorId);
    const head = headOf(fields);
    if (head !== null) this.#seals.push(this.#check(index, head));
    return fields;
  }

  /** @param wholeCount how many of the first records are as they were hashed: only there does a seal prove anything */
  end(wholeCount: number): SignatureReport {
    const [seals, count] = [this.#seals, this.#count];
    const proofs = seals.filter(({ status, index }) => status === "valid" && index < wholeCount);
    const latest = proofs.at(-1) ?? null;
    const sealedCount = latest === null ? 0 : latest.index + 1;
    const unsigned = unsignedActors(this.#claims, this.#signedCounts(proofs), sealedCount);
    return {
      ok: unsigned.length === 0 && seals.every(({ status }) => status === "valid"),
      count,
      sealedCount,
      unsealedCount: count - sealedCount,
      latest,
      seals,
      unsignedActors: unsigned,
    };
  }

  #addClaim(index: number, actorId: string | null): void {
    if (actorId === null || !this.#trust.isBound(actorId)) return;
    const indexes = this.#claims.get(actorId);
    if (indexes === undefined) this.#claims.set(actorId, [index]);
    else indexes.push(index);
  }

  #check(index: number, head: SealedHead | undefined): CheckedSeal {
    if (head === undefined)
      return { index, status: "malformed", head: null, predatesCompromise: false };
    const status = this.#trust.judge(head);
    const isCompromised = this.#trust.get(head.keyId)?.revoked?.compromised === true;
    return { index, status, head, predatesCompromise: status === "valid" && isCompromised };
  }

  /** A seal stands for all records before it, whoever sealed those: its key signs them for its actors. */
  #signedCounts(proofs: readonly CheckedSeal[]): ReadonlyMap<string, number> {
    return new Map(
      proofs.flatMap(({ index, head }) =>
        (this.#trust.get(head?.keyId ?? "")?.actorIds ?? []).map((id) => [id, index + 1] as const),
      ),
    );
  }
}
