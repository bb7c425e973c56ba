import type { SealStatus } from "../keys/trust-store.ts";
import type { SealedHead } from "./seal.ts";
import type { ActorClaims } from "./unsigned-actors.ts";

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
