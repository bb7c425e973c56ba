import type { KeyObject } from "node:crypto";
import { AbstractRuntimeError, isInstant } from "@abstractruntime/core/store";
import { assertKeyId } from "./key-id.ts";
import { type PublicKeySource, readPublicKey } from "./public-key.ts";

/** A public key, and for what it is trusted. Instants are ISO 8601 with a zone. */
export interface TrustedKey {
  readonly keyId: string;
  readonly publicKey: PublicKeySource;
  /** The actors that it signs for. Nobody else can sign for them; absent: it signs for all that no key is bound to. */
  readonly actorIds?: readonly string[] | undefined;
  /** It counts for seals from this instant on. */
  readonly notBefore?: string | undefined;
  /** It counts for seals up to this instant. */
  readonly notAfter?: string | undefined;
  readonly revoked?: Revocation | undefined;
}

export interface Revocation {
  /** What it sealed from this instant on does not count. */
  readonly at: string;
  /** For people. */
  readonly reason: string;
  /**
   * Whether somebody else may have the key. Whoever has it can also date a seal before `at`; such seals still count, and are
   * marked `predatesCompromise`.
   */
  readonly compromised?: boolean | undefined;
}

/** A trusted key that has been looked at. */
export interface CheckedKey extends TrustedKey {
  readonly publicKey: KeyObject;
}

/** @throws invalid_id, invalid_key, invalid_argument */
export function checkTrustedKey(key: TrustedKey): CheckedKey {
  const { keyId, actorIds, notBefore, notAfter, revoked } = key;
  assertKeyId(keyId);
  for (const [name, instant] of Object.entries({ notBefore, notAfter, "revoked.at": revoked?.at }))
    if (instant !== undefined && !isInstant(instant))
      throw invalid(keyId, `${name}: write it as 2026-03-01T09:00:00Z`);
  if (revoked !== undefined && !isInstant(revoked.at))
    throw invalid(keyId, "revoked.at is missing");
  if (actorIds?.length === 0)
    throw invalid(keyId, "actorIds: name at least one, or leave it out to bind the key to nobody");
  return { ...key, publicKey: readPublicKey(key.publicKey, `key ${keyId}`) };
}

function invalid(keyId: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `key ${keyId}: ${what}`);
}
