import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "@abstractruntime/core/store";
import { Marker } from "../at-rest/marker.ts";

/** What stands at rest for a value: `$digest:<sha256> <batch> <index>`. */
const digests = new Marker("digest");

/** Where a digest's content is. */
export interface DigestText {
  /** SHA-256 in hex of the salt and the value's canonical JSON. */
  readonly sha256: string;
  /** The artifact that holds it, and its place there. */
  readonly batchId: string;
  readonly index: number;
}

/** The digest of a value. Nobody who has it finds out the value without the salt, not even by trying. */
export function digestOf(salt: Uint8Array, value: JsonValue): string {
  return createHash("sha256").update(salt).update(canonicalJson(value)).digest("hex");
}

export function renderDigest({ sha256, batchId, index }: DigestText): string {
  return digests.of(`${sha256} ${batchId} ${index}`);
}

/** `undefined` for a text of the user's. */
export function parseDigest(text: string): DigestText | undefined {
  const body = digests.bodyOf(text);
  if (body === undefined) return undefined;
  const [, sha256 = "", batchId = "", index] = /^([0-9a-f]{64}) ([\w-]+) (\d+)$/.exec(body) ?? [];
  return { sha256, batchId, index: Number(index ?? -1) };
}

/** A text of the user's, as it stands at rest. */
export function escapeText(text: string): string {
  return digests.escape(text);
}

/** A text of the user's, from what stands at rest. */
export function unescapeText(text: string): string {
  return digests.unescape(text);
}
