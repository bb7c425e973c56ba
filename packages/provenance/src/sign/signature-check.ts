import type { SealStatus, TrustStore } from "../keys/trust-store.ts";
import { type HeadFields, headOf } from "./read-head.ts";
import type { SealedHead } from "./seal.ts";
import { type ActorClaims, ClaimTally } from "./claim-tally.ts";

/** A record's signature, looked at. */
export interface CheckedSeal {
  /** Of the record, from 0. */
  readonly index: number;
  /** `malformed`: it is no seal at all, and `head` is null. */
  readonly status: SealStatus | "malformed";
  readonly head: SealedHead | null;
  /**
   * Its key was compromised later, and whoever has the key can date a seal before that. Only a witness can tell that it is
   * older.
   */
  readonly predatesCompromise: boolean;
}

/** What the signatures of a ledger prove. */
export interface SignatureReport {
  /** All seals are valid, and what actors are said to have done is signed by their keys. An unsealed tail is no fault. */
  readonly ok: boolean;
  /** Records looked at. */
  readonly count: number;
  /** The first so many are proven by `latest`. */
  readonly sealedCount: number;
  /** The rest, which no valid seal covers: not signed yet, cut off from its seal, or after the first fault of the chain. */
  readonly unsealedCount: number;
  /** The last valid seal before which the chain is whole. */
  readonly latest: CheckedSeal | null;
  /** Every seal, in order. */
  readonly seals: readonly CheckedSeal[];
  /** Actors with keys of their own who are said to have done what none of their keys signed, while others signed it. */
  readonly unsignedActors: readonly ActorClaims[];
}

/** Looks at a ledger's signatures, record by record. */
export class SignatureCheck {
  readonly #trust: TrustStore;
  readonly #claims: ClaimTally;
  readonly #seals: CheckedSeal[] = [];
  #latest: CheckedSeal | null = null;
  #count = 0;

  constructor(trust: TrustStore) {
    this.#trust = trust;
    this.#claims = new ClaimTally(trust);
  }

  /**
   * @param fields of the next record; `undefined` for what is no record
   * @param isWhole whether the chain is whole up to and with this record: only then does a seal prove anything
   */
  add(fields: HeadFields | undefined, isWhole: boolean): void {
    const index = this.#count++;
    if (fields === undefined) return;
    if (isWhole) this.#claims.add(index, fields.actorId);
    const head = headOf(fields);
    if (head === null) return;
    const seal = this.#check(index, head);
    this.#seals.push(seal);
    if (!isWhole || seal.status !== "valid" || head === undefined) return;
    this.#latest = seal;
    this.#claims.sign(head.keyId);
  }

  end(): SignatureReport {
    const [seals, latest, count] = [this.#seals, this.#latest, this.#count];
    const sealedCount = latest === null ? 0 : latest.index + 1;
    const unsignedActors = this.#claims.unsigned(sealedCount);
    const ok = unsignedActors.length === 0 && seals.every(({ status }) => status === "valid");
    return {
      ok,
      count,
      sealedCount,
      unsealedCount: count - sealedCount,
      latest,
      seals,
      unsignedActors,
    };
  }

  #check(index: number, head: SealedHead | undefined): CheckedSeal {
    if (head === undefined)
      return { index, status: "malformed", head: null, predatesCompromise: false };
    const status = this.#trust.judge(head);
    const isCompromised = this.#trust.get(head.keyId)?.revoked?.compromised === true;
    return { index, status, head, predatesCompromise: status === "valid" && isCompromised };
  }
}
