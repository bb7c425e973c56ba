/**
 * Signs bytes with one private key. The key itself never leaves it: nothing here gives it out, shows or logs it.
 *
 * `KeySigner` holds a key in this process, `openKeyFile` reads one from a file; `callbackSigner` asks whoever has it, such as
 * a key management service.
 */
export interface Signer {
  /** Names the key in seals, so that a verifier finds its public half. Made of the public key by default (`keyIdOf`). */
  readonly keyId: string;
  /** The one actor that this key signs for; absent: it signs for every actor that has no signer of its own. */
  readonly actorId?: string | undefined;
  readonly algorithm: "ed25519";

  /**
   * @returns the Ed25519 signature (RFC 8032) of these very bytes, 64 bytes; they are not hashed before.
   * @throws whatever keeps it from signing; the commit that asked for it is then not written.
   */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
