import {
  type ArtifactClaim,
  type ArtifactMetadata,
  claimMetadata,
  decodeArtifactMetadata,
  encodeArtifactMetadata,
  Fields,
  type JsonObject,
} from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";

/** What a `.meta` file says. */
export interface ArtifactRow {
  readonly artifactId: string;
  readonly sizeBytes: number;
  readonly createdAt: string;
  /** SHA-256 (hex) of the content; null when 0.2.0 wrote the file. */
  readonly sha256: string | null;
  readonly claims: readonly ArtifactClaim[];
  /** What it is shown with while nobody claims it. */
  readonly lastClaim: ArtifactClaim;
  /** ISO 8601 UTC. */
  readonly lastPutAt: string;
}

/** The claim that stands for the artifact: the oldest. */
export function oldestClaim({ claims, lastClaim }: ArtifactRow): ArtifactClaim {
  return claims[0] ?? lastClaim;
}

/** A `.meta` file: 0.2.0's fields, of the oldest claim, then ours. */
export function renderArtifactRow(row: ArtifactRow): string {
  const metadata = claimMetadata(row, oldestClaim(row));
  const own: JsonObject = {
    sha256: row.sha256,
    last_put_at: row.lastPutAt,
    claims: row.claims.map(({ runId, contentType, tags }) => ({
      run_id: runId,
      content_type: contentType,
      tags,
    })),
  };
  return JSON.stringify({ ...encodeArtifactMetadata(metadata), ...own }, null, 2);
}

/** @throws store_corrupt */
export function parseArtifactRow(text: string, file: string): ArtifactRow {
  try {
    const value: unknown = JSON.parse(text);
    const fields = new Fields(value, file);
    const metadata = decodeArtifactMetadata(value, file);
    const lastClaim = claimIn(metadata);
    const claims = fields.has("claims")
      ? fields.list("claims").map((claim) => readClaim(new Fields(claim, fields.path("claims"))))
      : [lastClaim];
    const { artifactId, sizeBytes, createdAt } = metadata;
    return {
      artifactId,
      sizeBytes,
      createdAt,
      sha256: fields.textOrNull("sha256"),
      claims,
      lastClaim,
      lastPutAt: fields.instantOrNull("last_put_at") ?? createdAt,
    };
  } catch (error) {
    throw corruptBy(file, 0, error);
  }
}

function claimIn({ runId, contentType, tags }: ArtifactMetadata): ArtifactClaim {
  return { runId, contentType, tags };
}

function readClaim(fields: Fields): ArtifactClaim {
  return {
    runId: fields.textOrNull("run_id"),
    contentType: fields.text("content_type"),
    tags: fields.textMap("tags"),
  };
}
