import { createHmac, randomBytes } from "node:crypto";
import {
  AbstractRuntimeError,
  canonicalJson,
  type Abortable,
  type ArtifactStore,
  type JsonValue,
} from "@abstractruntime/core/store";
import type { Form, FormWriter, ReadOptions, Written } from "../at-rest/form.ts";
import { mapLeaves, type Leaf } from "../at-rest/map-leaves.ts";
import { erasedText } from "../at-rest/marker.ts";
import type { OpenText } from "../at-rest/open-values.ts";
import { payloadErased } from "../at-rest/payload-erased.ts";
import type { WritablePlace } from "../at-rest/place.ts";
import { isPlain } from "../at-rest/plain-places.ts";
import {
  digestOf,
  escapeText,
  parseDigest,
  renderDigest,
  unescapeText,
  type DigestText,
} from "./digest-text.ts";
import { fetchBatches, putBatch, valueIn, type Batch } from "./payload-batch.ts";

/** Each text, number and boolean is a digest, and its content lies with that of the same write in one artifact. */
export class DigestedForm implements Form {
  readonly seal = "digest";
  readonly #payloads: ArtifactStore;
  /** Salts are made with it, so that the same write, prepared again, has the same ones. It is stored nowhere. */
  readonly #secret = randomBytes(32);

  constructor(payloads: ArtifactStore) {
    this.#payloads = payloads;
  }

  writer(runId: string | null, { given }: Written): FormWriter {
    if (runId === null) return asGiven;
    const seed = createHmac("sha256", this.#secret)
      .update(`${runId} ${canonical(given)}`)
      .digest();
    return new DigestingWriter(this.#payloads, runId, seed);
  }

  async read<Item>(walk: (open: OpenText) => Item, options: ReadOptions): Promise<Item> {
    const ids = new Set<string>();
    walk((text) => {
      const digest = parseDigest(text);
      if (digest !== undefined) ids.add(digest.batchId);
      return text;
    });
    const batches = await fetchBatches(this.#payloads, ids, options);
    return walk((text, path, place) => {
      const digest = parseDigest(text);
      if (digest === undefined) return unescapeText(text);
      const batch = batches.get(digest.batchId) ?? "missing";
      if (batch === "erased" && options.refusesErased === true) throw payloadErased(place.name);
      if (batch === "erased") return erasedText(digest.sha256);
      return contentOf(batch, digest, `${place.name}: the content of ${path}`);
    });
  }

  async copied(texts: Iterable<string>, runId: string, options: Abortable): Promise<void> {
    const ids = new Set<string>();
    for (const text of texts) {
      const digest = parseDigest(text);
      if (digest !== undefined) ids.add(digest.batchId);
    }
    for (const [batchId, batch] of await fetchBatches(this.#payloads, ids, options))
      if (typeof batch !== "string")
        await putBatch(this.#payloads, batch, { batchId, runId }, options);
  }

  released(runId: string): Promise<number> {
    return this.#payloads.releaseRun(runId);
  }
}

class DigestingWriter implements FormWriter {
  readonly #payloads: ArtifactStore;
  readonly #runId: string;
  readonly #seed: Uint8Array;
  readonly #batchId: string;
  readonly #batch: (readonly [string, Leaf])[] = [];

  constructor(payloads: ArtifactStore, runId: string, seed: Uint8Array) {
    this.#payloads = payloads;
    this.#runId = runId;
    this.#seed = seed;
    this.#batchId = this.#derived("batch").toString("hex");
  }

  get hasContent(): boolean {
    return this.#batch.length > 0;
  }

  write(value: JsonValue, path: string, place: WritablePlace): JsonValue {
    return mapLeaves(value, path, (leaf, at) => {
      if (isPlain(at, place)) return typeof leaf === "string" ? escapeText(leaf) : leaf;
      return this.#digested(leaf);
    });
  }

  async settle(options: Abortable): Promise<void> {
    if (!this.hasContent) return;
    const owner = { batchId: this.#batchId, runId: this.#runId };
    await putBatch(this.#payloads, this.#batch, owner, options);
  }

  #digested(leaf: Leaf): string {
    const index = this.#batch.length;
    const salt = this.#derived(`salt ${index}`);
    this.#batch.push([salt.toString("base64"), leaf]);
    return renderDigest({ sha256: digestOf(salt, leaf), batchId: this.#batchId, index });
  }

  /** 16 bytes that nobody can guess. */
  #derived(label: string): Buffer {
    return createHmac("sha256", this.#seed).update(label).digest().subarray(0, 16);
  }
}

/** An event that no run has yet is not chained, and goes when it is taken or expires. */
const asGiven: FormWriter = {
  hasContent: false,
  write: (value, path) =>
    mapLeaves(value, path, (leaf) => (typeof leaf === "string" ? escapeText(leaf) : leaf)),
  settle: async () => {},
};

/** Records and messages are JSON but for members that are `undefined`. */
function canonical(given: unknown): string {
  return canonicalJson(given as JsonValue);
}

function contentOf(batch: Batch | "missing", digest: DigestText, what: string): Leaf {
  if (batch === "missing") throw lost(`${what} is missing, and nobody erased it`);
  const value = valueIn(batch, digest);
  if (value === undefined) throw lost(`${what} does not match its digest`);
  return value;
}

function lost(what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("store_corrupt", `${what}: restore it from a backup`);
}
