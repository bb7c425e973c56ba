import { canonicalJson, isInstant } from "@abstractruntime/core/store";
import { isKeyId } from "../keys/key-id.ts";
import { fromBase64url } from "./base64url.ts";

/** What a signature says: at this time, the head of this run's ledger was this. */
export interface SealStatement {
  readonly runId: string;
  /** Number of the sealed record. */
  readonly seq: number;
  /** Its hash, which stands for it and for everything before it. */
  readonly headHash: string;
  /** When it was signed, by the signer's clock (ISO 8601 UTC). */
  readonly time: string;
  readonly keyId: string;
  /** Whom the sealed record names as its actor. */
  readonly actorId: string | null;
}

/** A statement with its signature: all that a witness keeps, and all that a public key is needed for. */
export interface SealedHead extends SealStatement {
  /** 64 bytes as base64url. */
  readonly signature: string;
}

/** What a record's `signature` says. The rest of the statement is the record's. */
export type Seal = Pick<SealedHead, "keyId" | "signature" | "time">;

const version = "seal/1";
// No other use of the key can be taken for a seal, nor the other way round: nothing else begins with this.
const domain = "abstractruntime seal/1\n";
const encoder = new TextEncoder();

/** The bytes that are signed. */
export function sealBytes(statement: SealStatement): Uint8Array {
  const { runId, seq, headHash, time, keyId, actorId } = statement;
  const said = { actor_id: actorId, head_hash: headHash, key_id: keyId, run_id: runId, seq, time };
  return encoder.encode(domain + canonicalJson(said));
}

/** `seal/1 <key id> <time> <signature>` */
export function formatSeal({ keyId, time, signature }: Seal): string {
  return `${version} ${keyId} ${time} ${signature}`;
}

/** `undefined` for a text that `formatSeal` would not write: a seal has one text. */
export function parseSeal(text: string): Seal | undefined {
  const [mark, keyId, time, signature, ...rest] = text.split(" ");
  if (mark !== version || !isKeyId(keyId) || !isInstant(time) || rest.length > 0) return undefined;
  return isSignature(signature) ? { keyId, time, signature } : undefined;
}

export function isSignature(text: unknown): text is string {
  return typeof text === "string" && fromBase64url(text)?.length === 64;
}
