import { createHash } from "node:crypto";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { LosslessValue } from "../json/lossless-json.ts";

/** What 0.2.0's key is made of. */
export interface IdempotencyKeyParts {
  readonly runId: string;
  readonly nodeId: string;
  /** `payload` as JSON, or as `parseLossless` read it where `1.0` and `1` must stay apart. */
  readonly effect: { readonly type: string; readonly payload: JsonValue | LosslessValue };
}

/**
 * The idempotency key that 0.2.0 gives an effect: 32 hex digits. It does not know the visit, so a loop that asks the same
 * question twice gets the same key; steps here have their own keys, and this one is for callers that need the old value.
 */
export function computeIdempotencyKey({ runId, nodeId, effect }: IdempotencyKeyParts): string {
  const ascii = { ascii: true };
  const payload = canonicalJson(effect.payload, ascii);
  const [type, node, run] = [effect.type, nodeId, runId].map((text) => canonicalJson(text, ascii));
  const text = `{"effect_payload":${payload},"effect_type":${type},"node_id":${node},"run_id":${run}}`;
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
