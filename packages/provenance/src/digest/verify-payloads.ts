import type { Abortable, ArtifactStore, DurableStore } from "@abstractruntime/core/store";
import { textsOf } from "../at-rest/texts-of.ts";
import { parseDigest, type DigestText } from "./digest-text.ts";
import { fetchBatches, valueIn } from "./payload-batch.ts";

/** What became of the content of a ledger's digests. */
export interface PayloadReport {
  readonly runId: string;
  /** Whether nothing is missing or changed. Erased content is neither. */
  readonly ok: boolean;
  /** Digests whose content is there, and matches. */
  readonly present: number;
  /** Digests whose content was erased. */
  readonly erased: number;
  /** Digests (SHA-256 in hex) whose content is gone though nobody erased it. */
  readonly missing: readonly string[];
  /** Digests whose content is another. */
  readonly changed: readonly string[];
}

const recordsAtOnce = 1_000;

/**
 * Hold a run's content against the digests in its ledger. Whether the ledger is the one that was written is what its
 * chain tells (`verifyRun`).
 *
 * @param store the one that was given to `digestPayloads`
 */
export async function verifyPayloads(
  { store, payloads }: { readonly store: DurableStore; readonly payloads: ArtifactStore },
  runId: string,
  options: Abortable = {},
): Promise<PayloadReport> {
  const digests = await digestsOf(store, runId, options);
  const ids = new Set([...digests].map(({ batchId }) => batchId));
  const batches = await fetchBatches(payloads, ids, options);
  const missing: string[] = [];
  const changed: string[] = [];
  let [present, erased] = [0, 0];
  for (const digest of digests) {
    const batch = batches.get(digest.batchId) ?? "missing";
    if (batch === "missing") missing.push(digest.sha256);
    else if (batch === "erased") erased += 1;
    else if (valueIn(batch, digest) === undefined) changed.push(digest.sha256);
    else present += 1;
  }
  const ok = missing.length === 0 && changed.length === 0;
  return { runId, ok, present, erased, missing, changed };
}

async function digestsOf(
  store: DurableStore,
  runId: string,
  options: Abortable,
): Promise<readonly DigestText[]> {
  const texts = new Set<string>();
  for (let after = 0; ;) {
    const records = await store.records(runId, { after, limit: recordsAtOnce }, options);
    for (const record of records) textsOf(record, texts);
    const last = records.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  return [...texts].flatMap((text) => parseDigest(text) ?? []);
}
