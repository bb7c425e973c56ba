import { Fields, type JsonObject } from "@abstractruntime/core/store";
import { publicKeyText } from "./public-key.ts";
import type { CheckedKey, Revocation, TrustedKey } from "./trusted-key.ts";

/** The JSON of trusted keys: `{ "keys": [ … ] }`, what `--keys` reads. */
export function encodeTrustedKeys(keys: readonly CheckedKey[]): JsonObject {
  return { keys: keys.map(encodeTrustedKey) };
}

/**
 * @param value what JSON.parse gave
 * @param where names the file in messages
 * @throws store_corrupt a field is missing or of another type; what is in it is for the trust store to judge
 */
export function parseTrustedKeys(value: unknown, where: string): readonly TrustedKey[] {
  return new Fields(value, where).each("keys", readTrustedKey);
}

export function encodeTrustedKey(key: CheckedKey): JsonObject {
  const { keyId, publicKey, actorIds, notBefore, notAfter, revoked } = key;
  return {
    key_id: keyId,
    public_key: publicKeyText(publicKey),
    ...(actorIds !== undefined && { actor_ids: actorIds }),
    ...(notBefore !== undefined && { not_before: notBefore }),
    ...(notAfter !== undefined && { not_after: notAfter }),
    ...(revoked !== undefined && {
      revoked: {
        at: revoked.at,
        reason: revoked.reason,
        compromised: revoked.compromised ?? false,
      },
    }),
  };
}

/** @throws store_corrupt */
export function readTrustedKey(fields: Fields): TrustedKey {
  return {
    keyId: fields.text("key_id"),
    publicKey: fields.text("public_key"),
    actorIds: fields.lacks("actor_ids") ? undefined : fields.texts("actor_ids"),
    notBefore: instantOf(fields, "not_before"),
    notAfter: instantOf(fields, "not_after"),
    revoked: fields.optional("revoked", readRevocation) ?? undefined,
  };
}

function instantOf(fields: Fields, key: string): string | undefined {
  return fields.instantOrNull(key) ?? undefined;
}

function readRevocation(fields: Fields): Revocation {
  return {
    at: fields.instant("at"),
    reason: fields.textOrNull("reason") ?? "",
    compromised: fields.flag("compromised", false),
  };
}
