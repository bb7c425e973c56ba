import {
  AbstractRuntimeError,
  type Abortable,
  type ArtifactContent,
  type ArtifactMetadata,
  type ArtifactQuery,
  type ArtifactStore,
  claimMetadata,
  claimOf,
  formatInstant,
  type NewArtifact,
  type Page,
} from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import type { Guard } from "../guard.ts";
import { type ArtifactRow, claimColumns, listArtifacts, metadataOf, runKey } from "./claims.ts";
import { readContent } from "./read-content.ts";
import { discard, upload } from "./upload.ts";

/** Uploads that nobody finished within a day are abandoned. */
const UPLOAD_MS = 86_400_000;

/** Artifacts in PostgreSQL: content in chunks, stored once by its SHA-256. Opened by `PostgresStore`. */
export class PostgresArtifactStore implements ArtifactStore {
  readonly #database: Database;
  readonly #guard: Guard;
  readonly #graceMs: number;

  constructor(database: Database, guard: Guard, options: { readonly graceMs: number }) {
    this.#database = database;
    this.#guard = guard;
    this.#graceMs = options.graceMs;
  }

  put(
    content: ArtifactContent,
    artifact: NewArtifact = {},
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    return this.#guard.do(options, async () => {
      const claim = claimOf(artifact);
      const uploaded = await upload(this.#database, content, options?.signal);
      const artifactId = artifact.artifactId ?? uploaded.artifactId;
      const { rows } = await this.#database.query<{ readonly created_ms: string | null }>(
        "keep_artifact",
        `select created_ms from {s}.keep_artifact($2, $3, $4, $5, $6, $7, $8, $9, coalesce($1::bigint, {s}.clock_ms()))`,
        [
          this.#database.now,
          artifactId,
          uploaded.sha256,
          uploaded.sizeBytes,
          uploaded.contentId,
          ...claimColumns(claim),
        ],
      );
      const createdMs = rows[0]?.created_ms ?? null;
      if (createdMs === null) throw otherContent(artifactId);
      const { sizeBytes } = uploaded;
      return claimMetadata(
        { artifactId, sizeBytes, createdAt: formatInstant(Number(createdMs)) },
        claim,
      );
    });
  }

  head(artifactId: string, options?: Abortable): Promise<ArtifactMetadata | undefined> {
    return this.#guard.do(options, async () => {
      const { rows } = await this.#database.query<ArtifactRow>(
        "head_artifact",
        `select a.artifact_id, a.size_bytes, a.created_ms, a.last_claim, (
  select c.claim from {s}.artifact_claims c where c.artifact_id = a.artifact_id order by c.claim_no limit 1
) as claim from {s}.artifacts a where a.artifact_id = $1`,
        [safeText(artifactId)],
      );
      return rows[0] && metadataOf(rows[0]);
    });
  }

  async *open(artifactId: string, options: Abortable = {}): AsyncIterable<Uint8Array> {
    this.#guard.enter(options);
    yield* readContent(this.#database, artifactId, options.signal);
  }

  list(query: ArtifactQuery = {}, options?: Abortable): Promise<Page<ArtifactMetadata>> {
    return this.#guard.do(options, () => listArtifacts(this.#database, query));
  }

  delete(artifactId: string, options?: Abortable): Promise<boolean> {
    return this.#guard.do(options, async () => {
      const { rows } = await this.#database.query<{ readonly content_id: string }>(
        "delete_artifact",
        `with claims as (delete from {s}.artifact_claims where artifact_id = $1)
delete from {s}.artifacts where artifact_id = $1 returning content_id`,
        [safeText(artifactId)],
      );
      for (const row of rows) await discard(this.#database, row.content_id);
      return rows.length > 0;
    });
  }

  releaseRun(runId: string, options?: Abortable): Promise<number> {
    return this.#guard.do(options, () => this.releaseRuns([runId]));
  }

  /** The same for several runs at once. */
  async releaseRuns(runIds: readonly string[]): Promise<number> {
    const { rows } = await this.#database.query<{ readonly removed: number }>(
      "release_artifacts",
      `select {s}.release_artifacts($2, now - $3::bigint, now - $4::bigint) as removed
from (select coalesce($1::bigint, {s}.clock_ms()) as now) clock`,
      [this.#database.now, runIds.map(runKey), this.#graceMs, UPLOAD_MS],
    );
    return rows[0]?.removed ?? 0;
  }

  async close(): Promise<void> {
    await this.#guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function otherContent(artifactId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "artifact_exists",
    `artifact ${artifactId} is other content: leave the id out, or choose another`,
    { details: { artifactId } },
  );
}
