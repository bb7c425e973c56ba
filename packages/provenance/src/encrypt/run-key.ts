import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from "node:crypto";

const ivBytes = 12;
const tagBytes = 16;
const blockBytes = 16;

/**
 * The key of one run's values: derived (HKDF, RFC 5869) of the one that was given, so that no two runs share one, and none
 * seals so many values that initialization vectors could meet.
 */
export class RunKey {
  readonly #key: KeyObject;
  readonly #ivKey: KeyObject;

  /** @param runId empty for values that no run has yet */
  constructor(key: KeyObject, runId: string) {
    const info = `abstractruntime/encrypt/1\0${runId}`;
    const bytes = Buffer.from(hkdfSync("sha256", key, new Uint8Array(0), info, 64));
    this.#key = createSecretKey(bytes.subarray(0, 32));
    this.#ivKey = createSecretKey(bytes.subarray(32));
    bytes.fill(0);
  }

  /**
   * AES-256-GCM. The initialization vector is made of what is sealed and where (as in RFC 8452): the same value for the
   * same place is the same text, so that a commit that is sent again is the same to the byte.
   *
   * @param json padded, so that short values look alike
   * @param place what opening must be told again
   */
  seal(json: string, place: string): string {
    const plain = Buffer.from(json.padEnd(paddedLength(json)));
    const iv = createHmac("sha256", this.#ivKey)
      .update(`${place.length} ${place}`)
      .update(plain)
      .digest()
      .subarray(0, ivBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(place));
    const sealed = [iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString("base64url");
  }

  /** @throws Error it was sealed for another place, with another key, or was changed */
  open(sealed: string, place: string): string {
    const bytes = Buffer.from(sealed, "base64url");
    const end = bytes.length - tagBytes;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(end));
    return (
      decipher.update(bytes.subarray(ivBytes, end), undefined, "utf8") + decipher.final("utf8")
    );
  }
}

/** JSON may end in spaces. Counted in UTF-16 units, which is what `padEnd` counts. */
function paddedLength(json: string): number {
  return Math.ceil(json.length / blockBytes) * blockBytes;
}
