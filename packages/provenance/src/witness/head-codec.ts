import { Fields, type JsonObject } from "@abstractruntime/core/store";
import { isKeyId } from "../keys/key-id.ts";
import { isSignature, type SealedHead } from "../sign/seal.ts";

/** A sealed head as JSON, in files and on the wire. */
export function encodeHead(head: SealedHead): JsonObject {
  return {
    run_id: head.runId,
    seq: head.seq,
    head_hash: head.headHash,
    time: head.time,
    key_id: head.keyId,
    actor_id: head.actorId,
    signature: head.signature,
  };
}

const sha256 = /^[0-9a-f]{64}$/;

/**
 * @param value what JSON.parse gave
 * @param where names it in messages
 * @throws store_corrupt it is no sealed head. Whether its signature is right is for a trust store to judge.
 */
export function decodeHead(value: unknown, where: string): SealedHead {
  const fields = new Fields(value, where);
  const head = {
    runId: fields.text("run_id"),
    seq: fields.count("seq", 1),
    headHash: fields.text("head_hash"),
    time: fields.instant("time"),
    keyId: fields.text("key_id"),
    actorId: fields.textOrNull("actor_id"),
    signature: fields.text("signature"),
  };
  if (!sha256.test(head.headHash)) fields.refuse("head_hash", "64 hex digits");
  if (!isKeyId(head.keyId)) fields.refuse("key_id", "a key id");
  if (!isSignature(head.signature)) fields.refuse("signature", "the base64url of 64 bytes");
  return head;
}

/** Order of heads in a list: by `seq`, contradicting ones by time. */
export function inOrder(one: SealedHead, other: SealedHead): number {
  return one.seq - other.seq || one.time.localeCompare(other.time);
}
