import { AbstractRuntimeError } from "@abstractruntime/core/store";
import type { Signer } from "../sign/signer.ts";
import { assertKeyId } from "./key-id.ts";

export interface CallbackSigner {
  readonly keyId: string;
  readonly actorId?: string | undefined;
  /** Asks whoever has the key for an Ed25519 signature of these bytes, which are not hashed before. */
  readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

/**
 * Signs by asking somebody else: a key management service, a hardware module, another process.
 *
 * @throws invalid_id, invalid_argument
 */
export function callbackSigner({ keyId, actorId, sign }: CallbackSigner): Signer {
  assertKeyId(keyId);
  if (typeof sign !== "function")
    throw new AbstractRuntimeError("invalid_argument", "sign: give a function");
  return { keyId, actorId, algorithm: "ed25519", sign: (bytes) => sign(bytes) };
}
