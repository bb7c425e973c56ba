import type { Abortable } from "./abortable.ts";
import type { Page } from "./durable-store.ts";

/** What is known of an artifact beside its content. */
export interface ArtifactMetadata {
  /** First 32 hex digits of the content's SHA-256, or the id that was given. */
  readonly artifactId: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** When the content was first stored. ISO 8601 UTC. */
  readonly createdAt: string;
  /** The run whose claim this metadata is; null: nobody's in particular. */
  readonly runId: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewArtifact {
  /** `application/octet-stream` by default. */
  readonly contentType?: string;
  /** The run that claims it. Without one it is claimed for good: only `delete` removes it. */
  readonly runId?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
  /** An id of the caller's own, 1 to 200 of `A-Z a-z 0-9 _ -`; it must not name other content. By default made of the content. */
  readonly artifactId?: string;
}

/** All given filters must hold, for one and the same claim. */
export interface ArtifactQuery {
  readonly runId?: string;
  readonly contentType?: string;
  /** All must be equal. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Page size, 1 to 1,000; 100 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before, with the same filters. */
  readonly cursor?: string;
}

export type ArtifactContent = Uint8Array | AsyncIterable<Uint8Array>;

/** What the constructor of every artifact store takes, beside what is its own. */
export interface ArtifactStoreOptions {
  /**
   * Content that nobody claims any more stays this many milliseconds from the last time it was put, so that whoever
   * holds a reference can put it again; 0 by default.
   */
  readonly graceMs?: number;
}

/**
 * Large content, stored once by what it is and named by reference. Content never changes.
 *
 * Each `put` is a *claim* of its run (or of nobody in particular), with a content type and tags of its own. The same
 * content put again is the same artifact with one more claim; the same run putting it again renews its claim, with the
 * new content type and tags. No run's claim touches another's, and content lives as long as somebody claims it.
 */
export interface ArtifactStore extends AsyncDisposable {
  /**
   * Store content, in memory-sized pieces when it is streamed. When the stream or the call fails, nothing was stored.
   *
   * @returns the metadata of this claim.
   * @throws invalid_id a given id has other characters
   * @throws artifact_exists the id names other content
   */
  put(
    content: ArtifactContent,
    artifact?: NewArtifact,
    options?: Abortable,
  ): Promise<ArtifactMetadata>;

  /** Metadata of the oldest claim, or `undefined` when there is no such artifact. */
  head(artifactId: string, options?: Abortable): Promise<ArtifactMetadata | undefined>;

  /**
   * Content as a stream, checked against the SHA-256 of what was put. The pieces are the reader's to keep and change.
   *
   * @throws artifact_not_found
   * @throws store_corrupt the content is not what was stored; thrown at the end of the stream at the latest
   */
  open(artifactId: string, options?: Abortable): AsyncIterable<Uint8Array>;

  /**
   * Artifacts by filter, latest `createdAt` first, ties by id; each once, with the metadata of its oldest claim that
   * passes the filters. The limit counts what passes.
   *
   * @throws invalid_argument a limit or cursor that is none
   */
  list(query?: ArtifactQuery, options?: Abortable): Promise<Page<ArtifactMetadata>>;

  /** Remove an artifact for everybody. @returns whether there was one. */
  delete(artifactId: string, options?: Abortable): Promise<boolean>;

  /**
   * Give up a run's claims, and remove content that nobody claims and whose grace period is over (also what earlier
   * calls had to leave). @returns how many artifacts were removed.
   */
  releaseRun(runId: string, options?: Abortable): Promise<number>;

  close(): Promise<void>;
}
