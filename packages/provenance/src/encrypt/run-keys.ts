import { createHash, randomBytes } from "node:crypto";
import {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  systemClock,
  type Abortable,
  type ArtifactStore,
  type Clock,
} from "@abstractruntime/core/store";
import { getText, putText } from "@abstractruntime/core";
import { eraseArtifact, wasErased, type ErasureReason } from "../at-rest/erasure.ts";
import { payloadErased } from "../at-rest/payload-erased.ts";
import type { KeyBytes, KeyProvider, KeySet } from "./key-provider.ts";
import { keysOf } from "./key-set.ts";
import { RunKey } from "./run-key.ts";
import { secretKey } from "./secret-key.ts";

export interface RunKeysOptions {
  /** The keys, or who gives them, with which the runs' own keys are wrapped. */
  readonly master: KeySet | KeyProvider;
  /** Where wrapped keys are kept. Whoever restores it from a backup brings erased keys back: let backups of it end soon. */
  readonly vault: ArtifactStore;
  readonly clock?: Pick<Clock, "now"> | undefined;
}

const prefix = "run-key-";

/**
 * A random key for each run, for `encrypt`: to erase what a run holds, wherever copies and backups of the ledger are, its
 * key is erased. The keys lie in a vault, wrapped by a master key (AES-256-GCM). Purging a run leaves its key, since forks
 * may have copied its records.
 *
 * Events that no run has yet are sealed with the master key itself.
 *
 * @throws invalid_key, invalid_id, invalid_argument
 */
export class RunKeys implements KeyProvider {
  readonly #master: KeyProvider;
  readonly #vault: ArtifactStore;
  readonly #clock: Pick<Clock, "now">;

  constructor({ master, vault, clock = systemClock }: RunKeysOptions) {
    this.#master = "currentKeyId" in master ? master : keysOf(master);
    this.#vault = vault;
    this.#clock = clock;
  }

  /** @throws payload_erased */
  async currentKeyId(runId: string | null, options: Abortable): Promise<string> {
    if (runId === null) return this.#master.currentKeyId(null, options);
    const keyId = idOf(runId);
    if ((await this.#vault.head(keyId, options)) !== undefined) return keyId;
    if (await wasErased(this.#vault, keyId, options))
      throw payloadErased(`the key of run ${runId}`);
    await this.#make(keyId, options);
    return keyId;
  }

  async key(keyId: string, options: Abortable): Promise<KeyBytes | "erased" | undefined> {
    if (!keyId.startsWith(prefix)) return this.#master.key(keyId, options);
    try {
      return await this.#unwrapped(keyId, options);
    } catch (error) {
      if (!isAbstractRuntimeError(error, "artifact_not_found")) throw error;
      return (await wasErased(this.#vault, keyId, options)) ? "erased" : undefined;
    }
  }

  /**
   * Erase a run's key. What was sealed with it, in forks of the run, too, then reads as erased; processes that know the key
   * forget it within the `keyTtlMs` of `encrypt`. A run that has not ended can't go on: cancel it first. That it was done is
   * kept (`listErasures`).
   *
   * @returns whether there was a key
   */
  async erase(
    runId: string,
    { reason, by }: ErasureReason,
    options: Abortable = {},
  ): Promise<boolean> {
    const how = { clock: this.#clock, ...options };
    return eraseArtifact(this.#vault, idOf(runId), { runId, reason, by }, how);
  }

  /** Two processes may make a key at the same time: the first one's counts. */
  async #make(keyId: string, options: Abortable): Promise<void> {
    const masterId = await this.#master.currentKeyId(null, options);
    const wrapping = await this.#wrapping(masterId, options);
    const sealed = wrapping.seal(randomBytes(32).toString("base64"), keyId);
    try {
      await putText(this.#vault, `${masterId} ${sealed}`, { artifactId: keyId }, options);
    } catch (error) {
      if (!isAbstractRuntimeError(error, "artifact_exists")) throw error;
    }
  }

  async #unwrapped(keyId: string, options: Abortable): Promise<KeyBytes> {
    const [masterId = "", sealed = ""] = (await getText(this.#vault, keyId, options)).split(" ");
    const wrapping = await this.#wrapping(masterId, options);
    try {
      return Buffer.from(wrapping.open(sealed, keyId), "base64");
    } catch {
      const message = `key ${keyId} was wrapped by another key, or changed: restore it from a backup`;
      throw new AbstractRuntimeError("store_corrupt", message);
    }
  }

  /** @throws key_not_found */
  async #wrapping(masterId: string, options: Abortable): Promise<RunKey> {
    const master = await this.#master.key(masterId, options);
    if (master !== undefined && master !== "erased")
      return new RunKey(secretKey(master, masterId), "/wrap");
    throw new AbstractRuntimeError(
      "key_not_found",
      `there is no master key ${masterId}, and a run's key is wrapped by it: give it with the others`,
      { details: { keyId: masterId } },
    );
  }
}

function idOf(runId: string): string {
  return prefix + createHash("sha256").update(runId).digest("hex").slice(0, 32);
}
