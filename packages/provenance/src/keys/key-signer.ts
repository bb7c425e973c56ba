import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Signer } from "../sign/signer.ts";
import { assertKeyId, keyIdOf } from "./key-id.ts";
import { type PrivateKeySource, readPrivateKey } from "./private-key.ts";
import { publicBytes, publicKeyText } from "./public-key.ts";

export interface SignerOptions {
  /** Made of the public key by default. */
  readonly keyId?: string | undefined;
  /** The one actor that this key signs for; absent: every actor that has no signer of its own. */
  readonly actorId?: string | undefined;
}

export interface PrivateKeyOptions extends SignerOptions {
  /** Of a PEM text that is encrypted. */
  readonly passphrase?: string | undefined;
}

/**
 * Signs with a private key that this process holds. The private half is a private field, so that JSON, `util.inspect` and
 * clones show the public one alone.
 */
export class KeySigner implements Signer {
  readonly keyId: string;
  readonly actorId: string | undefined;
  readonly algorithm = "ed25519";
  /** The base64url of the public key's 32 bytes, for those who verify. */
  readonly publicKey: string;
  readonly #privateKey: KeyObject;

  /**
   * @param privateKey Ed25519
   * @throws invalid_key, invalid_id; their messages say nothing of the key
   */
  constructor(privateKey: PrivateKeySource, options: PrivateKeyOptions = {}) {
    this.#privateKey = readPrivateKey(privateKey, "private key", options.passphrase);
    const publicKey = createPublicKey(this.#privateKey);
    this.keyId = options.keyId ?? keyIdOf(publicBytes(publicKey));
    assertKeyId(this.keyId);
    this.actorId = options.actorId;
    this.publicKey = publicKeyText(publicKey);
  }

  /** A signer with a new key that ends with this process: for tests, and for agents that live as long as one. */
  static generate(options: SignerOptions = {}): KeySigner {
    return new KeySigner(generateKeyPairSync("ed25519").privateKey, options);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(null, bytes, this.#privateKey);
  }
}
