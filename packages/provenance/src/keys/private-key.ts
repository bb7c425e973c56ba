import { createPrivateKey, type KeyObject } from "node:crypto";
import { invalidKey } from "./invalid-key.ts";

/** A private key: PKCS #8 PEM, encrypted or not, or a KeyObject. */
export type PrivateKeySource = KeyObject | string;

/**
 * @param where names the key in messages, which say nothing else of it
 * @throws invalid_key
 */
export function readPrivateKey(
  source: PrivateKeySource,
  where: string,
  passphrase?: string,
): KeyObject {
  const key = typeof source === "string" ? fromPem(source, where, passphrase) : source;
  if (key?.type !== "private") throw invalidKey(where, "it is not a private key");
  if (key.asymmetricKeyType !== "ed25519") throw invalidKey(where, "it is not an Ed25519 key");
  return key;
}

function fromPem(text: string, where: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // The cause is dropped: it comes from a parser that has seen the key.
    throw invalidKey(where, "it can't be read: give PKCS #8 PEM, and its passphrase if it has one");
  }
}
