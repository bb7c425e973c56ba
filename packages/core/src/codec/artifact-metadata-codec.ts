import type { JsonObject } from "../json/json-value.ts";
import type { ArtifactMetadata } from "../ports/artifact-store.ts";
import { Fields } from "./fields.ts";

/** What is known of an artifact, at rest, in 0.2.0's fields and order. */
export function encodeArtifactMetadata(metadata: ArtifactMetadata): JsonObject {
  return {
    artifact_id: metadata.artifactId,
    content_type: metadata.contentType,
    size_bytes: metadata.sizeBytes,
    created_at: metadata.createdAt,
    run_id: metadata.runId,
    tags: metadata.tags,
  };
}

/** @throws store_corrupt */
export function decodeArtifactMetadata(value: unknown, where: string): ArtifactMetadata {
  const fields = new Fields(value, where);
  return {
    artifactId: fields.text("artifact_id"),
    contentType: fields.text("content_type"),
    sizeBytes: fields.count("size_bytes"),
    createdAt: fields.instant("created_at"),
    runId: fields.textOrNull("run_id"),
    tags: fields.lacks("tags") ? {} : fields.textMap("tags"),
  };
}
