import { createPublicKey, type KeyObject } from "node:crypto";
import { fromBase64url, toBase64url } from "../sign/base64url.ts";
import { invalidKey } from "./invalid-key.ts";

/** A public key: PEM (`-----BEGIN PUBLIC KEY-----`), the base64url of its 32 bytes (the `x` of a JWK), or a KeyObject. */
export type PublicKeySource = KeyObject | string;

/**
 * @param where names the key in messages
 * @throws invalid_key what is given is no Ed25519 public key, or is a private one
 */
export function readPublicKey(source: PublicKeySource, where: string): KeyObject {
  const key = typeof source === "string" ? fromText(source, where) : source;
  if (key.type !== "public")
    throw invalidKey(where, "it is not a public key; verifiers need no other");
  if (key.asymmetricKeyType !== "ed25519") throw invalidKey(where, "it is not an Ed25519 key");
  return key;
}

/** The 32 bytes of an Ed25519 public key. */
export function publicBytes(key: KeyObject): Uint8Array {
  return fromBase64url(key.export({ format: "jwk" }).x ?? "") ?? new Uint8Array();
}

/** The 32 bytes as base64url: how a public key is written to files. */
export function publicKeyText(key: KeyObject): string {
  return toBase64url(publicBytes(key));
}

function fromText(text: string, where: string): KeyObject {
  // Node.js makes a public key of a private one without a word; whoever hands that in has made a mistake worth telling.
  if (text.includes("PRIVATE KEY"))
    throw invalidKey(where, "it is a private key; give the public one, and guard this one");
  try {
    if (text.trimStart().startsWith("-----BEGIN")) return createPublicKey(text);
    if (fromBase64url(text)?.length === 32)
      return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text }, format: "jwk" });
  } catch {
    // OpenSSL's reasons say nothing to anybody; the text is not quoted.
  }
  throw invalidKey(where, "it is neither PEM nor the base64url of 32 bytes");
}
