import type { DurableStore } from "@abstractruntime/core/store";
import { FormStore } from "../at-rest/form-store.ts";
import { commonSecrets } from "./common-secrets.ts";
import { RedactedForm } from "./redacted-form.ts";
import { Secrets, type Secret } from "./secrets.ts";

export interface RedactOptions {
  /** What is a secret; `commonSecrets` by default. To add to those: `[...commonSecrets, "pin", /CUST-\d+/]`. */
  readonly secrets?: readonly Secret[] | undefined;
  /** Runs whose redacted state is kept in memory, so that a commit need not load it; 256 by default. */
  readonly cachedRuns?: number | undefined;
}

/**
 * A store that replaces secrets by `[redacted]` before anything is written: in `vars` and patches, payloads, results, waits,
 * messages, events and errors, of children, too. There is no way back: whoever reads the run later, also the driver that
 * goes on after a crash, gets the redacted values. The driver that has a run in memory goes on with what it has.
 *
 * Only values are looked at, not the names of keys, ids and wait keys.
 *
 * @throws invalid_argument
 */
export function redact(store: DurableStore, options: RedactOptions = {}): DurableStore {
  const { secrets = commonSecrets, cachedRuns = 256 } = options;
  return new FormStore(store, new RedactedForm(new Secrets(secrets)), { cachedRuns });
}
