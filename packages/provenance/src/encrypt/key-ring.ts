import type { KeyObject } from "node:crypto";
import {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  type Abortable,
  type Clock,
} from "@abstractruntime/core/store";
import { assertKeyId } from "../keys/key-id.ts";
import type { KeyProvider } from "./key-provider.ts";
import { RunKey } from "./run-key.ts";
import { secretKey } from "./secret-key.ts";

export interface KeyRingOptions {
  readonly cachedKeys: number;
  readonly keyTtlMs: number;
  readonly clock: Pick<Clock, "now">;
}

interface Entry {
  readonly key: RunKey | "erased";
  readonly until: number;
}

/** The keys of runs that were used last, so that a provider is not asked for each value. */
export class KeyRing {
  readonly #provider: KeyProvider;
  readonly #options: KeyRingOptions;
  /** By key id and run id, the least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(provider: KeyProvider, options: KeyRingOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  /** @throws payload_erased, store_unavailable */
  async currentKeyId(runId: string | null, options: Abortable): Promise<string> {
    const keyId = await answerOf(() => this.#provider.currentKeyId(runId, options));
    assertKeyId(keyId);
    return keyId;
  }

  /** The key if it is at hand. */
  at(keyId: string, runId: string): RunKey | "erased" | undefined {
    const id = `${keyId} ${runId}`;
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.until <= this.#options.clock.now()) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.key;
  }

  /** @throws key_not_found, invalid_key, store_unavailable */
  async get(keyId: string, runId: string, options: Abortable): Promise<RunKey | "erased"> {
    const known = this.at(keyId, runId);
    if (known !== undefined) return known;
    const given = await answerOf(() => this.#provider.key(keyId, options));
    if (given === undefined) throw keyNotFound(keyId);
    const key = given === "erased" ? given : new RunKey(this.#secret(given, keyId), runId);
    this.#keep(`${keyId} ${runId}`, key);
    return key;
  }

  #secret(given: unknown, keyId: string): KeyObject {
    return secretKey(given, keyId);
  }

  #keep(id: string, key: RunKey | "erased"): void {
    const { cachedKeys, keyTtlMs, clock } = this.#options;
    this.#entries.set(id, { key, until: clock.now() + keyTtlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= cachedKeys) break;
      this.#entries.delete(oldest);
    }
  }
}

/** What a provider throws that is no error of ours means that it can be asked again. */
async function answerOf<Answer>(ask: () => Promise<Answer> | Answer): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (isAbstractRuntimeError(cause)) throw cause;
    throw new AbstractRuntimeError("store_unavailable", "the key provider did not answer", {
      cause,
    });
  }
}

function keyNotFound(keyId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "key_not_found",
    `there is no key ${keyId}, and a value is sealed with it: give it with the others`,
    { details: { keyId } },
  );
}
