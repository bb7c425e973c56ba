import { createHash } from "node:crypto";
import {
  addClaim,
  type ArtifactClaim,
  claimMetadata,
  findClaim,
} from "../artifact/artifact-claims.ts";
import { artifactIdOfHash } from "../artifact/artifact-id.ts";
import { claimOf } from "../artifact/new-artifact.ts";
import { collect } from "../artifact/read-artifact.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type {
  ArtifactContent,
  ArtifactMetadata,
  ArtifactQuery,
  ArtifactStore,
  ArtifactStoreOptions,
  NewArtifact,
} from "../ports/artifact-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Page } from "../ports/durable-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import { pageNewestFirst } from "../store/newest-first.ts";
import { formatInstant } from "../time/instant.ts";

interface StoredArtifact {
  readonly artifactId: string;
  readonly sha256: string;
  readonly content: Uint8Array;
  readonly sizeBytes: number;
  readonly createdAt: string;
  claims: readonly ArtifactClaim[];
  /** What it is shown with while nobody claims it. */
  lastClaim: ArtifactClaim;
  lastPutMs: number;
}

export interface MemoryArtifactStoreOptions extends ArtifactStoreOptions {
  /** `systemClock` by default. */
  readonly clock?: Clock;
}

/** Artifacts in memory, for tests and small programs. Gone with the process. */
export class MemoryArtifactStore implements ArtifactStore {
  readonly #artifacts = new Map<string, StoredArtifact>();
  readonly #clock: Clock;
  readonly #graceMs: number;
  #closed = false;

  constructor({ clock = systemClock, graceMs = 0 }: MemoryArtifactStoreOptions = {}) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  async put(
    content: ArtifactContent,
    artifact: NewArtifact = {},
    options: Abortable = {},
  ): Promise<ArtifactMetadata> {
    this.#enter(options);
    const claim = claimOf(artifact);
    const bytes = await collect(content);
    this.#enter(options);
    const stored = this.#keep(bytes, artifact.artifactId, claim);
    stored.claims = addClaim(stored.claims, claim);
    stored.lastPutMs = this.#clock.now();
    return claimMetadata(stored, claim);
  }

  async head(artifactId: string, options: Abortable = {}): Promise<ArtifactMetadata | undefined> {
    this.#enter(options);
    const artifact = this.#artifacts.get(artifactId);
    return artifact && claimMetadata(artifact, oldestClaim(artifact));
  }

  async *open(artifactId: string, options: Abortable = {}): AsyncIterable<Uint8Array> {
    this.#enter(options);
    const artifact = this.#artifacts.get(artifactId);
    if (artifact === undefined) {
      throw new AbstractRuntimeError(
        "artifact_not_found",
        `artifact ${JSON.stringify(artifactId)} is not here: check the id; it may have been removed`,
        { details: { artifactId } },
      );
    }
    // Nobody else has these bytes: they were copied when they came, and the reader gets a copy.
    yield artifact.content.slice();
  }

  async list(query: ArtifactQuery = {}, options: Abortable = {}): Promise<Page<ArtifactMetadata>> {
    this.#enter(options);
    const found: ArtifactMetadata[] = [];
    for (const artifact of this.#artifacts.values()) {
      const claims = artifact.claims.length > 0 ? artifact.claims : [oldestClaim(artifact)];
      const claim = findClaim(claims, query);
      if (claim !== undefined) found.push(claimMetadata(artifact, claim));
    }
    return pageNewestFirst(
      found,
      ({ createdAt, artifactId }) => ({ createdAt, id: artifactId }),
      query,
    );
  }

  async delete(artifactId: string, options: Abortable = {}): Promise<boolean> {
    this.#enter(options);
    return this.#artifacts.delete(artifactId);
  }

  async releaseRun(runId: string, options: Abortable = {}): Promise<number> {
    this.#enter(options);
    const putBefore = this.#clock.now() - this.#graceMs;
    let removed = 0;
    for (const [artifactId, artifact] of this.#artifacts) {
      release(artifact, runId);
      if (artifact.claims.length > 0 || artifact.lastPutMs > putBefore) continue;
      this.#artifacts.delete(artifactId);
      removed += 1;
    }
    return removed;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #keep(content: Uint8Array, givenId: string | undefined, claim: ArtifactClaim): StoredArtifact {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const artifactId = givenId ?? artifactIdOfHash(sha256);
    const known = this.#artifacts.get(artifactId);
    if (known?.sha256 === sha256) return known;
    if (known !== undefined) throw otherContent(artifactId);
    const now = this.#clock.now();
    const createdAt = formatInstant(now);
    const sizeBytes = content.byteLength;
    const facts = { artifactId, sha256, content, sizeBytes, createdAt };
    const artifact = { ...facts, claims: [], lastClaim: claim, lastPutMs: now };
    this.#artifacts.set(artifactId, artifact);
    return artifact;
  }

  #enter({ signal }: Abortable): void {
    signal?.throwIfAborted();
    if (this.#closed)
      throw new AbstractRuntimeError("store_closed", "the artifact store was closed: open another");
  }
}

function oldestClaim(artifact: StoredArtifact): ArtifactClaim {
  return artifact.claims[0] ?? artifact.lastClaim;
}

function release(artifact: StoredArtifact, runId: string): void {
  const claim = artifact.claims.find((candidate) => candidate.runId === runId);
  if (claim === undefined) return;
  artifact.claims = artifact.claims.filter((candidate) => candidate !== claim);
  artifact.lastClaim = { ...claim, runId: null };
}

function otherContent(artifactId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "artifact_exists",
    `artifact ${artifactId} is other content: leave the id out, or choose another`,
    { details: { artifactId } },
  );
}
