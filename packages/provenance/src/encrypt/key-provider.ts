import type { KeyObject } from "node:crypto";
import type { Abortable } from "@abstractruntime/core/store";

/** A secret of 32 bytes. It is copied, and never shown. */
export type KeyBytes = Uint8Array | KeyObject;

/** Where keys come from: a list in this process, a vault, a key management service. */
export interface KeyProvider {
  /**
   * The id of the key with which new values are sealed. Asked once for each write.
   *
   * @param runId whose values; null: those of an event that no run has yet
   * @throws payload_erased the run's key was erased: nothing can be written to it any more
   */
  currentKeyId(runId: string | null, options: Abortable): Promise<string> | string;

  /**
   * A key by its id. What it gives is remembered for a while.
   *
   * @returns `undefined` when there is none; `"erased"` when there was one, and it was erased on purpose
   */
  key(
    keyId: string,
    options: Abortable,
  ): Promise<KeyBytes | "erased" | undefined> | KeyBytes | "erased" | undefined;
}

/** Keys that this process has. The others than the current one only open what was sealed with them. */
export interface KeySet {
  readonly current: string;
  /** By id. A text is the base64 of 32 bytes, as from `openssl rand -base64 32`. */
  readonly keys: Readonly<Record<string, KeyBytes | string>>;
}
