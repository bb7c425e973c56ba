import { verify } from "node:crypto";
import { AbstractRuntimeError, parseInstant } from "@abstractruntime/core/store";
import { fromBase64url } from "../sign/base64url.ts";
import { sealBytes, type SealedHead } from "../sign/seal.ts";
import { type CheckedKey, checkTrustedKey, type TrustedKey } from "./trusted-key.ts";

/** What a seal is worth. Only `valid` proves anything. */
export type SealStatus =
  | "valid"
  | "unknown_key"
  | "bad_signature"
  | "wrong_actor"
  | "revoked"
  | "outside_validity";

/** The public keys that a verifier trusts. They come from somewhere else than what is verified. */
export class TrustStore {
  readonly #keys = new Map<string, CheckedKey>();
  readonly #boundActors = new Set<string>();

  /** @throws invalid_id, invalid_key, invalid_argument */
  constructor(keys: Iterable<TrustedKey>) {
    for (const key of keys) {
      if (this.#keys.has(key.keyId))
        throw new AbstractRuntimeError("invalid_argument", `key ${key.keyId}: it is there twice`);
      this.#keys.set(key.keyId, checkTrustedKey(key));
      for (const actorId of key.actorIds ?? []) this.#boundActors.add(actorId);
    }
  }

  get keys(): readonly CheckedKey[] {
    return [...this.#keys.values()];
  }

  get(keyId: string): CheckedKey | undefined {
    return this.#keys.get(keyId);
  }

  /** Whether only certain keys can sign for an actor. */
  isBound(actorId: string): boolean {
    return this.#boundActors.has(actorId);
  }

  /** What a sealed head is worth, by its signature, and by when and for whom it was given. */
  judge(head: SealedHead): SealStatus {
    const key = this.#keys.get(head.keyId);
    if (key === undefined) return "unknown_key";
    const signature = fromBase64url(head.signature) ?? new Uint8Array();
    if (!verify(null, sealBytes(head), key.publicKey, signature)) return "bad_signature";
    if (!this.#maySignFor(key, head.actorId)) return "wrong_actor";
    return judgeTime(key, parseInstant(head.time));
  }

  #maySignFor({ actorIds }: CheckedKey, actorId: string | null): boolean {
    if (actorIds !== undefined) return actorId !== null && actorIds.includes(actorId);
    return actorId === null || !this.isBound(actorId);
  }
}

function judgeTime({ notBefore, notAfter, revoked }: CheckedKey, time: number): SealStatus {
  if (revoked !== undefined && time >= parseInstant(revoked.at)) return "revoked";
  if (notBefore !== undefined && time < parseInstant(notBefore)) return "outside_validity";
  if (notAfter !== undefined && time > parseInstant(notAfter)) return "outside_validity";
  return "valid";
}
