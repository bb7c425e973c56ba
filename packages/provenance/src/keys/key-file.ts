import { generateKeyPairSync } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Logger, silentLogger } from "@abstractruntime/core/store";
import { invalidKey } from "./invalid-key.ts";
import { KeySigner, type PrivateKeyOptions } from "./key-signer.ts";
import { readPrivateKey } from "./private-key.ts";

export interface KeyFileOptions extends PrivateKeyOptions {
  /** Told where the file's permissions can't be checked. Silent by default. */
  readonly logger?: Logger | undefined;
}

/**
 * A signer with the private key in a file: PKCS #8 PEM, that only its owner may read.
 *
 * On Windows a file's mode says nothing of who may read it: there the permissions are not checked, and
 * `key_file.permissions_unchecked` is logged.
 *
 * @throws invalid_key others than its owner may read or write the file, it belongs to somebody else, or it holds no such key
 */
export async function openKeyFile(path: string, options: KeyFileOptions = {}): Promise<KeySigner> {
  const file = await openToRead(path);
  try {
    // Of the file that is open, not of the name: what is checked is what is read.
    const stats = await file.stat();
    const objection = objectionTo(stats, process.getuid?.());
    if (objection === "unchecked")
      (options.logger ?? silentLogger).warn("key_file.permissions_unchecked", { path });
    else if (objection !== null) throw invalidKey(path, objection);
    return new KeySigner(
      readPrivateKey(await file.readFile("utf8"), path, options.passphrase),
      options,
    );
  } finally {
    await file.close();
  }
}

/**
 * Make a key and write its private half to a new file that only its owner may read.
 *
 * @throws what the file system throws, also when there is such a file already: keys are never written over
 */
export async function createKeyFile(
  path: string,
  options: PrivateKeyOptions = {},
): Promise<KeySigner> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const signer = new KeySigner(privateKey, options);
  const { passphrase } = options;
  const pem = privateKey.export({
    type: "pkcs8",
    format: "pem",
    ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
  });
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(pem);
    await file.sync();
  } finally {
    await file.close();
  }
  return signer;
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    const { code = "unknown reason" } = error as NodeJS.ErrnoException;
    throw invalidKey(path, `the file can't be opened (${code})`);
  }
}

/** @param uid of this process; `undefined` where there are no such ids, and modes mean nothing */
export function objectionTo(
  stats: Pick<Stats, "isFile" | "mode" | "uid">,
  uid: number | undefined,
): string | null {
  if (!stats.isFile()) return "it is not a file";
  if (uid === undefined) return "unchecked";
  if ((stats.mode & 0o077) !== 0)
    return `it is open to others (mode ${(stats.mode & 0o777).toString(8).padStart(4, "0")}): chmod 600 it, and make a new key if anybody may have read it`;
  if (stats.uid !== uid && stats.uid !== 0) return "it belongs to another user, who can read it";
  return null;
}
