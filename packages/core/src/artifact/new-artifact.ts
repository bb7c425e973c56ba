import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { NewArtifact } from "../ports/artifact-store.ts";
import type { ArtifactClaim } from "./artifact-claims.ts";
import { assertArtifactId } from "./artifact-id.ts";

/**
 * What a caller said of a new artifact, checked and copied, with defaults.
 *
 * @throws invalid_id
 * @throws invalid_argument a content type, run id or tag that is no text
 */
export function claimOf(artifact: NewArtifact = {}): ArtifactClaim {
  const { artifactId, contentType = "application/octet-stream", runId = null } = artifact;
  if (artifactId !== undefined) assertArtifactId(artifactId);
  assertText(contentType, "contentType");
  if (runId !== null) assertText(runId, "runId");
  const tags = Object.entries(artifact.tags ?? {});
  for (const [key, value] of tags) assertText(value, `tags.${key}`, { empty: true });
  return Object.freeze({ runId, contentType, tags: Object.freeze(Object.fromEntries(tags)) });
}

function assertText(value: unknown, where: string, { empty = false } = {}): void {
  if (typeof value === "string" && (empty || value !== "")) return;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `${where}: give ${empty ? "a text" : "a text that is not empty"}, not ${JSON.stringify(value)}`,
  );
}
