import type { KeyObject } from "node:crypto";
import { AbstractRuntimeError } from "@abstractruntime/core/store";
import { assertKeyId } from "../keys/key-id.ts";
import type { KeyProvider, KeySet } from "./key-provider.ts";
import { secretKey } from "./secret-key.ts";

/**
 * Gives keys that this process has.
 *
 * @throws invalid_key, invalid_id; invalid_argument the current key is not among them
 */
export function keysOf({ current, keys }: KeySet): KeyProvider {
  const byId = new Map<string, KeyObject>();
  for (const [keyId, key] of Object.entries(keys)) {
    assertKeyId(keyId);
    byId.set(keyId, secretKey(key, keyId));
  }
  if (!byId.has(current))
    throw new AbstractRuntimeError("invalid_argument", "keys: the current key is not among them");
  return { currentKeyId: () => current, key: (keyId) => byId.get(keyId) };
}
