import {
  AbstractRuntimeError,
  canonicalJson,
  type Abortable,
  type JsonValue,
} from "@abstractruntime/core/store";
import type { Form, FormWriter, ReadOptions, Written } from "../at-rest/form.ts";
import { mapLeaves, type Leaf } from "../at-rest/map-leaves.ts";
import { erasedText, Marker } from "../at-rest/marker.ts";
import type { OpenText } from "../at-rest/open-values.ts";
import { payloadErased } from "../at-rest/payload-erased.ts";
import type { Place, WritablePlace } from "../at-rest/place.ts";
import { isPlain } from "../at-rest/plain-places.ts";
import { EncryptedText } from "./encrypted-text.ts";
import type { KeyRing } from "./key-ring.ts";
import type { RunKey } from "./run-key.ts";

const marker = new Marker("encrypted");

/** Keys that one reading fetched, by key id and run id. */
type Keys = Map<string, RunKey | "erased">;

/** Each text, number and boolean is a text of its own, sealed for its run and place. */
export class EncryptedForm implements Form {
  readonly seal = "encrypt";
  readonly #ring: KeyRing;
  readonly #lastKeys: LastKeys;

  /** @param rememberedRuns whose last commit's key is known, in case that it is sent again */
  constructor(ring: KeyRing, rememberedRuns: number) {
    this.#ring = ring;
    this.#lastKeys = new LastKeys(rememberedRuns);
  }

  async writer(
    runId: string | null,
    { commitId }: Written,
    options: Abortable,
  ): Promise<FormWriter> {
    const keyId =
      this.#lastKeys.of(runId, commitId) ?? (await this.#ring.currentKeyId(runId, options));
    const key = await this.#ring.get(keyId, runId ?? "", options);
    if (key === "erased") throw payloadErased(`the key of run ${runId}`);
    this.#lastKeys.note(runId, commitId, keyId);
    return new EncryptingWriter(keyId, key);
  }

  async read<Item>(walk: (open: OpenText) => Item, options: ReadOptions): Promise<Item> {
    const keys: Keys = new Map();
    const missing = new Map<string, EncryptedText>();
    const item = walk(this.#opener(keys, missing, options));
    if (missing.size === 0) return item;
    for (const [id, { keyId, runId }] of missing)
      keys.set(id, await this.#ring.get(keyId, runId, options));
    return walk(this.#opener(keys, missing, options));
  }

  async copied(): Promise<void> {}

  async released(): Promise<number> {
    return 0;
  }

  /** Opens what it has keys for, and notes the rest. */
  #opener(
    keys: Keys,
    missing: Map<string, EncryptedText>,
    { refusesErased }: ReadOptions,
  ): OpenText {
    return (text, path, place) => {
      const body = marker.bodyOf(text);
      if (body === undefined) return marker.unescape(text);
      const encrypted = EncryptedText.parse(body);
      if (encrypted === undefined || !place.admits(encrypted.origin, path))
        throw misplaced(place, path);
      const { keyId, runId } = encrypted;
      const id = `${keyId} ${runId}`;
      const key = keys.get(id) ?? this.#ring.at(keyId, runId);
      if (key !== undefined) keys.set(id, key);
      if (key === "erased" && refusesErased === true) throw payloadErased(place.name);
      if (key === "erased") return erasedText(encrypted.origin);
      if (key !== undefined) return opened(encrypted, key, place, path);
      missing.set(id, encrypted);
      return "";
    };
  }
}

class EncryptingWriter implements FormWriter {
  readonly hasContent = false;
  readonly #keyId: string;
  readonly #key: RunKey;

  constructor(keyId: string, key: RunKey) {
    this.#keyId = keyId;
    this.#key = key;
  }

  write(value: JsonValue, path: string, place: WritablePlace): JsonValue {
    return mapLeaves(value, path, (leaf, at) => {
      if (isPlain(at, place)) return typeof leaf === "string" ? marker.escape(leaf) : leaf;
      const text = new EncryptedText(this.#keyId, place.originOf(at));
      return marker.of(text.withSealed(this.#key.seal(canonicalJson(leaf), text.bound)));
    });
  }

  async settle(): Promise<void> {}
}

/** The keys of runs' last commits: one that is sent again is sealed with the key of the first time. */
class LastKeys {
  readonly #keys = new Map<string, { readonly commitId: string; readonly keyId: string }>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  of(runId: string | null, commitId: string | null): string | undefined {
    const last = this.#keys.get(runId ?? "");
    return commitId !== null && last?.commitId === commitId ? last.keyId : undefined;
  }

  note(runId: string | null, commitId: string | null, keyId: string): void {
    if (runId === null || commitId === null) return;
    this.#keys.delete(runId);
    this.#keys.set(runId, { commitId, keyId });
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= this.#size) break;
      this.#keys.delete(oldest);
    }
  }
}

function opened(encrypted: EncryptedText, key: RunKey, place: Place, path: string): Leaf {
  try {
    return JSON.parse(key.open(encrypted.sealed, encrypted.bound)) as Leaf;
  } catch {
    // What the cipher says, or JSON, may quote what was opened.
    throw misplaced(place, path);
  }
}

function misplaced(place: Place, path: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_corrupt",
    `${place.name}: what stands at ${path} was sealed for another place, or changed since: restore it from a backup`,
  );
}
