import type { ArtifactStore, DurableStore } from "@abstractruntime/core/store";
import { FormStore } from "../at-rest/form-store.ts";
import { DigestedForm } from "./digested-form.ts";

export interface DigestOptions {
  /** Where content goes. It must outlive what the store does, and is its owner's to close. */
  readonly payloads: ArtifactStore;
  /** Runs whose state at rest is kept in memory, so that a commit need not load it; 256 by default. */
  readonly cachedRuns?: number | undefined;
}

/**
 * A store that keeps content out of ledgers, so that it can be erased later without touching them. Whoever uses it sees no
 * difference; in the inner store's records, states and inboxes, each text, number and boolean is a salted digest
 * (`$digest:<sha256> …`), and its content lies with its salt among the payloads, one artifact for each write. A hash chain
 * below proves the digests, and so the content that is still there.
 *
 * `erasePayloads` removes content. What was erased reads as a text that `isErasedPayload` knows; a run that has lost some of
 * its content is not given to drivers (`payload_erased`). Kept events (`publish`) are in the clear until a run's record
 * takes them up. Objects, lists, null, ids, keys and budgets stay, as with `encrypt`.
 *
 * Content is written before what refers to it, so a write that is refused may leave content behind; it goes with its run.
 *
 * @throws invalid_argument
 */
export function digestPayloads(store: DurableStore, options: DigestOptions): DurableStore {
  const { payloads, cachedRuns = 256 } = options;
  return new FormStore(store, new DigestedForm(payloads), { cachedRuns });
}
