import { createHash } from "node:crypto";
import { AbstractRuntimeError } from "@abstractruntime/core/store";

// It stands between spaces in a seal, and may be the name that a key management service gives its key.
const pattern = /^[A-Za-z0-9][A-Za-z0-9._@=+:/-]{0,199}$/;

/** The id of a key that has no other: `ed25519:` and the first 32 hex digits of the SHA-256 of its 32 public bytes. */
export function keyIdOf(publicBytes: Uint8Array): string {
  return `ed25519:${createHash("sha256").update(publicBytes).digest("hex").slice(0, 32)}`;
}

/** @throws invalid_id */
export function assertKeyId(keyId: unknown): asserts keyId is string {
  if (isKeyId(keyId)) return;
  const shown = typeof keyId === "string" ? JSON.stringify(keyId.slice(0, 80)) : typeof keyId;
  throw new AbstractRuntimeError(
    "invalid_id",
    `key id ${shown}: use 1 to 200 of A-Z a-z 0-9 . _ @ = + : / -, with a letter or digit first`,
  );
}

export function isKeyId(keyId: unknown): keyId is string {
  return typeof keyId === "string" && pattern.test(keyId);
}
