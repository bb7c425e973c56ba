import {
  AbstractRuntimeError,
  systemClock,
  type Clock,
  type DurableStore,
} from "@abstractruntime/core/store";
import { FormStore } from "../at-rest/form-store.ts";
import { EncryptedForm } from "./encrypted-form.ts";
import type { KeyProvider, KeySet } from "./key-provider.ts";
import { KeyRing } from "./key-ring.ts";
import { keysOf } from "./key-set.ts";

export interface EncryptOptions {
  /** The keys, or who gives them. */
  readonly keys: KeySet | KeyProvider;
  /** Runs whose state at rest is kept in memory, so that a commit need not load it; 256 by default. */
  readonly cachedRuns?: number | undefined;
  /** Keys of runs that are kept in memory; 1,000 by default. */
  readonly cachedKeys?: number | undefined;
  /** How long a key is kept before its provider is asked again; 5 minutes by default. An erased key is used so long at most. */
  readonly keyTtlMs?: number | undefined;
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/**
 * A store that encrypts values (AES-256-GCM) before they are written: texts, numbers and booleans in `vars`, payloads,
 * results, outputs, waits, messages and errors. Whoever uses it sees no difference; in the inner store each is a text of
 * its own (`$encrypted:…`), bound to its run, record and place. Ciphertext that was changed or moved elsewhere is refused
 * when it is read (`store_corrupt`).
 *
 * Objects, lists and null stay, and so do ids, keys, node ids, types, times, counters of budgets and the lengths of lists:
 * docs/how-to/keep-payloads-private.md has the list. State at rest is the fold of the records at rest; a hash chain below
 * chains ciphertext. Values that stand there in the clear, from before, are read as they are.
 *
 * Methods throw `key_not_found` for what was sealed with a key that nobody gave, and `store_unavailable` when a provider
 * fails.
 *
 * @throws invalid_key, invalid_id, invalid_argument
 */
export function encrypt(store: DurableStore, options: EncryptOptions): DurableStore {
  const { keys, cachedRuns = 256, cachedKeys = 1_000, keyTtlMs = 300_000 } = options;
  for (const [name, number, least] of [
    ["cachedKeys", cachedKeys, 1],
    ["keyTtlMs", keyTtlMs, 1],
  ] as const)
    if (!(number >= least))
      throw new AbstractRuntimeError(
        "invalid_argument",
        `${name}: ${number} is not a number from ${least}`,
      );
  const provider = "currentKeyId" in keys ? keys : keysOf(keys);
  const ring = new KeyRing(provider, { cachedKeys, keyTtlMs, clock: options.clock ?? systemClock });
  return new FormStore(store, new EncryptedForm(ring, cachedRuns), { cachedRuns });
}
