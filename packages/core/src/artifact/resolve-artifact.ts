import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { ArtifactMetadata, ArtifactStore } from "../ports/artifact-store.ts";
import { getArtifactId, isArtifactRef } from "./artifact-ref.ts";
import { type ReadOptions, readArtifact } from "./read-artifact.ts";

export interface Artifact {
  readonly metadata: ArtifactMetadata;
  readonly content: Uint8Array;
}

/**
 * What a reference stands for, or null when the value is no reference or its artifact is gone.
 *
 * @throws store_corrupt, value_too_large as `readArtifact`
 */
export async function resolveArtifact(
  ref: unknown,
  store: ArtifactStore,
  options: ReadOptions = {},
): Promise<Artifact | null> {
  if (!isArtifactRef(ref)) return null;
  const metadata = await store.head(getArtifactId(ref), options);
  if (metadata === undefined) return null;
  try {
    return { metadata, content: await readArtifact(store, metadata.artifactId, options) };
  } catch (error) {
    // Removed between the two calls.
    if (isAbstractRuntimeError(error, "artifact_not_found")) return null;
    throw error;
  }
}
