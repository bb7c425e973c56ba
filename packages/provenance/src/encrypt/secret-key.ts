import { createSecretKey, KeyObject } from "node:crypto";
import { invalidKey } from "../keys/invalid-key.ts";

const keyLength = 32;

/**
 * A key as an object that neither JSON nor `util.inspect` shows.
 *
 * @param keyId names it in errors
 * @throws invalid_key
 */
export function secretKey(given: unknown, keyId: string): KeyObject {
  const key = given instanceof KeyObject ? given : fromBytes(bytesOf(given));
  if (key?.type === "secret" && key.symmetricKeySize === keyLength) return key;
  throw invalidKey(`key ${keyId}`, "give 32 bytes, their base64, or a secret KeyObject of them");
}

function bytesOf(given: unknown): Uint8Array | undefined {
  if (given instanceof Uint8Array) return given;
  if (typeof given !== "string") return undefined;
  const bytes = Buffer.from(given, "base64");
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(given);
  return isBase64 ? bytes : undefined;
}

function fromBytes(bytes: Uint8Array | undefined): KeyObject | undefined {
  return bytes?.byteLength === keyLength ? createSecretKey(bytes) : undefined;
}
