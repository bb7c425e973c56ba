import type { Abortable } from "./abortable.ts";

/** What is known of an artifact beside its content. */
export interface ArtifactMetadata {
  /** First 32 hex digits of the content's SHA-256, or the id that was given. */
  readonly artifactId: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly runId: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewArtifact {
  /** `application/octet-stream` by default. */
  readonly contentType?: string;
  readonly runId?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
  /** An id of the caller's own, `[A-Za-z0-9_-]+`; it must not name other content. By default made of the content. */
  readonly artifactId?: string;
}

export interface ArtifactQuery {
  readonly runId?: string;
  readonly contentType?: string;
  /** All must be equal. */
  readonly tags?: Readonly<Record<string, string>>;
  /** 100 by default. */
  readonly limit?: number;
  readonly cursor?: string;
}

export type ArtifactContent = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Large content, stored once by what it is and named by reference. Content never changes.
 *
 * The same content put again is one artifact: every run that put it keeps it, until `releaseRun` of the last one.
 */
export interface ArtifactStore extends AsyncDisposable {
  /**
   * Store content, in memory-sized pieces when it is streamed.
   *
   * @throws invalid_id a given id has other characters
   * @throws artifact_exists a given id names other content
   */
  put(
    content: ArtifactContent,
    artifact?: NewArtifact,
    options?: Abortable,
  ): Promise<ArtifactMetadata>;

  /** Metadata, or `undefined` when there is no such artifact. */
  head(artifactId: string, options?: Abortable): Promise<ArtifactMetadata | undefined>;

  /**
   * Content as a stream, checked against the id that its hash made.
   *
   * @throws artifact_not_found
   * @throws store_corrupt the content is not what was stored; thrown at the end of the stream at the latest
   */
  open(artifactId: string, options?: Abortable): AsyncIterable<Uint8Array>;

  /** Artifacts by filter, latest `createdAt` first, ties by id. */
  list(
    query?: ArtifactQuery,
    options?: Abortable,
  ): Promise<{ readonly items: readonly ArtifactMetadata[]; readonly nextCursor: string | null }>;

  /** Remove an artifact for everybody. @returns whether there was one. */
  delete(artifactId: string, options?: Abortable): Promise<boolean>;

  /** Give up a run's claim on its artifacts; those that no other run claims are removed. @returns how many were removed. */
  releaseRun(runId: string, options?: Abortable): Promise<number>;

  close(): Promise<void>;
}
