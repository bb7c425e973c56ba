import type { TrustStore } from "../keys/trust-store.ts";

/** Records that name an actor. */
export interface ActorClaims {
  readonly actorId: string;
  readonly count: number;
  /** Of the first and the last of them, from 0. */
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/** Which records name an actor that has keys of its own, and have not been signed by one of them yet. */
export class ClaimTally {
  readonly #trust: TrustStore;
  /** Indexes of unsigned records by actor, in order. */
  readonly #open = new Map<string, number[]>();

  constructor(trust: TrustStore) {
    this.#trust = trust;
  }

  add(index: number, actorId: string | null): void {
    if (actorId === null || !this.#trust.isBound(actorId)) return;
    const open = this.#open.get(actorId);
    if (open === undefined) this.#open.set(actorId, [index]);
    else open.push(index);
  }

  /** A key has signed everything up to here: for its actors. */
  sign(keyId: string): void {
    for (const actorId of this.#trust.get(keyId)?.actorIds ?? []) this.#open.delete(actorId);
  }

  /** What is still open among the first `sealedCount` records, which somebody else has signed since. */
  unsigned(sealedCount: number): readonly ActorClaims[] {
    const claims: ActorClaims[] = [];
    for (const [actorId, open] of this.#open) {
      const covered = open.filter((index) => index < sealedCount);
      const [firstIndex, lastIndex] = [covered[0], covered.at(-1)];
      if (firstIndex !== undefined && lastIndex !== undefined)
        claims.push({ actorId, count: covered.length, firstIndex, lastIndex });
    }
    return claims;
  }
}
