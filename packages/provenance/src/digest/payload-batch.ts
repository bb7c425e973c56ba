import { timingSafeEqual } from "node:crypto";
import {
  AbstractRuntimeError,
  canonicalJson,
  isAbstractRuntimeError,
  type Abortable,
  type ArtifactStore,
  type JsonValue,
} from "@abstractruntime/core/store";
import { readArtifact } from "@abstractruntime/core";
import type { Leaf } from "../at-rest/map-leaves.ts";
import { digestOf, type DigestText } from "./digest-text.ts";
import { wasErased } from "../at-rest/erasure.ts";

/** Marks the artifacts of `digestPayloads` among others. */
export const batchTags: Readonly<Record<string, string>> = { holds: "payloads" };

/** Values of one write with their salts; at rest a list of `[salt in base64, value]`. */
export type Batch = readonly (readonly [string, Leaf])[];

const fetchesAtOnce = 16;

/** Store a batch as a run's own. The same batch again changes nothing. */
export async function putBatch(
  payloads: ArtifactStore,
  batch: Batch,
  { batchId, runId }: { readonly batchId: string; readonly runId: string },
  options: Abortable,
): Promise<void> {
  const content = new TextEncoder().encode(canonicalJson(batch));
  const artifact = { artifactId: batchId, contentType: "application/json", runId, tags: batchTags };
  await payloads.put(content, artifact, options);
}

/** Batches by id; `"erased"` for one that was erased, `"missing"` for one that is gone though nobody erased it. */
export async function fetchBatches(
  payloads: ArtifactStore,
  ids: Iterable<string>,
  options: Abortable,
): Promise<ReadonlyMap<string, Batch | "erased" | "missing">> {
  const all = [...ids];
  const found = new Map<string, Batch | "erased" | "missing">();
  for (let index = 0; index < all.length; index += fetchesAtOnce) {
    const some = all.slice(index, index + fetchesAtOnce);
    const batches = await Promise.all(some.map((id) => fetchBatch(payloads, id, options)));
    for (const [at, id] of some.entries()) found.set(id, batches[at] ?? "missing");
  }
  return found;
}

/** The value of a digest, which it must match; `undefined` when it does not. */
export function valueIn(batch: Batch, { sha256, index }: DigestText): Leaf | undefined {
  const [salt, value] = batch[index] ?? [];
  if (salt === undefined || value === undefined) return undefined;
  const found = Buffer.from(digestOf(Buffer.from(salt, "base64"), value), "hex");
  const wanted = Buffer.from(sha256, "hex");
  return wanted.length === found.length && timingSafeEqual(found, wanted) ? value : undefined;
}

async function fetchBatch(
  payloads: ArtifactStore,
  batchId: string,
  options: Abortable,
): Promise<Batch | "erased" | "missing"> {
  try {
    const content = await readArtifact(payloads, batchId, { ...options, maxBytes: Infinity });
    return batchFrom(JSON.parse(new TextDecoder().decode(content)) as JsonValue, batchId);
  } catch (error) {
    if (!isAbstractRuntimeError(error, "artifact_not_found")) throw error;
    return (await wasErased(payloads, batchId, options)) ? "erased" : "missing";
  }
}

function batchFrom(value: JsonValue, batchId: string): Batch {
  const isBatch = Array.isArray(value) && value.every((item) => Array.isArray(item));
  if (isBatch) return value as unknown as Batch;
  throw new AbstractRuntimeError(
    "store_corrupt",
    `artifact ${batchId} does not hold payloads: restore it from a backup`,
    { details: { artifactId: batchId } },
  );
}
