import { createHash } from "node:crypto";
import {
  type Abortable,
  AbstractRuntimeError,
  type ArtifactStore,
  type Clock,
  type DurableStore,
  formatInstant,
  noneNamed,
  noteNamed,
  type StoredRun,
  systemClock,
} from "@abstractruntime/core/store";
import { encodeTrustedKey } from "../keys/trusted-keys-codec.ts";
import { TrustStore } from "../keys/trust-store.ts";
import type { TrustedKey } from "../keys/trusted-key.ts";
import { ledgerTexts } from "../witness/ledger-texts.ts";
import { artifactsOf } from "./artifact-digests.ts";
import { artifactLine, endLine, headerLine, keyLine, noCounts, runLine } from "./evidence-lines.ts";

export interface EvidenceOptions extends Abortable {
  /** Public keys that are put into the file, for people to compare. A verifier should have them from elsewhere. */
  readonly keys?: TrustStore | Iterable<TrustedKey> | undefined;
  /** Where the digests of artifacts come from; without it the file has none. Their contents are read, and not exported. */
  readonly artifacts?: ArtifactStore | undefined;
  /** Whether all runs below the run are exported with it. False by default. */
  readonly descendants?: boolean | undefined;
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/**
 * A run as one file that shows what happened to somebody who does not trust whoever exported it: its ledger line by line as
 * it is stored, its head, the public keys, and the digests of its artifacts. See docs/reference/evidence.md.
 *
 * Each run is exported as it is when it is reached. A piece is in memory at a time. The file holds payloads and results in
 * the clear, unless the store keeps them otherwise.
 *
 * @param store chained, or the one below the chain
 * @throws run_not_found; invalid_argument a run has no hash chain; store_corrupt; what a trust store throws
 */
export async function* exportEvidence(
  store: DurableStore,
  runId: string,
  options: EvidenceOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const counts = noCounts();
  const hash = createHash("sha256");
  const encoder = new TextEncoder();
  for await (const line of linesOf(store, runId, counts, options)) {
    options.signal?.throwIfAborted();
    const bytes = encoder.encode(`${line}\n`);
    hash.update(bytes);
    yield bytes;
  }
  yield encoder.encode(`${endLine(counts, hash.digest("hex"))}\n`);
}

async function* linesOf(
  store: DurableStore,
  runId: string,
  counts: ReturnType<typeof noCounts>,
  options: EvidenceOptions,
): AsyncGenerator<string, void, void> {
  const { keys = [], artifacts, descendants = false, clock = systemClock, signal } = options;
  const abortable = signal === undefined ? {} : { signal };
  const trust = keys instanceof TrustStore ? keys : new TrustStore(keys);
  const root =
    (await store.load(runId, abortable)) ?? refuse("run_not_found", runId, "there is none");
  const family = descendants ? await withDescendants(store, root, abortable) : [root];
  const exportedAt = formatInstant(clock.now());
  yield headerLine({ rootRunId: runId, runs: family.length, exportedAt });
  for (const key of trust.keys) {
    counts.keys += 1;
    yield keyLine(encodeTrustedKey(key));
  }
  for (const { run, head } of family) {
    if (head.ledgerHead === null)
      refuse("invalid_argument", run.runId, "it has no hash chain, so nothing can be shown of it");
    counts.runs += 1;
    yield runLine({ ...run, ledgerHead: head.ledgerHead });
    const named = noneNamed();
    for await (const text of ledgerTexts(store, run.runId, { ...abortable, upTo: run.seq })) {
      if (text.includes("\n")) refuse("store_corrupt", run.runId, "a record is no line of text");
      noteNamed(text, named);
      counts.records += 1;
      yield text;
    }
    if (artifacts === undefined) continue;
    for await (const artifact of artifactsOf(artifacts, run.runId, named, abortable)) {
      counts.artifacts += 1;
      yield artifactLine(artifact);
    }
  }
}

async function withDescendants(
  store: DurableStore,
  root: StoredRun,
  options: Abortable,
): Promise<readonly StoredRun[]> {
  const family = [root];
  for (const { run } of family) {
    let cursor: string | null = null;
    do {
      const page = { limit: 1_000, ...(cursor !== null && { cursor }) };
      const { items, nextCursor } = await store.listChildren(run.runId, page, options);
      family.push(...items);
      cursor = nextCursor;
    } while (cursor !== null);
  }
  return family;
}

function refuse(
  code: "invalid_argument" | "run_not_found" | "store_corrupt",
  runId: string,
  what: string,
): never {
  throw new AbstractRuntimeError(code, `run ${runId} can't be exported: ${what}`, {
    details: { runId },
  });
}
