import type { ArtifactMetadata, ArtifactQuery } from "../ports/artifact-store.ts";

/** What one run (or nobody in particular) said of an artifact when it put it. */
export interface ArtifactClaim {
  readonly runId: string | null;
  readonly contentType: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The claims with one more; a run that had one keeps its place and has the new one instead. */
export function addClaim(
  claims: readonly ArtifactClaim[],
  claim: ArtifactClaim,
): readonly ArtifactClaim[] {
  const index = claims.findIndex(({ runId }) => runId === claim.runId);
  return index === -1 ? [...claims, claim] : claims.with(index, claim);
}

/** The oldest claim that passes a query's filters, or `undefined`. */
export function findClaim(
  claims: readonly ArtifactClaim[],
  { runId, contentType, tags = {} }: ArtifactQuery,
): ArtifactClaim | undefined {
  return claims.find(
    (claim) =>
      (runId === undefined || claim.runId === runId) &&
      (contentType === undefined || claim.contentType === contentType) &&
      Object.entries(tags).every(([key, value]) => ownTag(claim.tags, key) === value),
  );
}

/** An artifact's metadata as one of its claims has it. */
export function claimMetadata(
  artifact: Pick<ArtifactMetadata, "artifactId" | "sizeBytes" | "createdAt">,
  claim: ArtifactClaim,
): ArtifactMetadata {
  const { artifactId, sizeBytes, createdAt } = artifact;
  const { contentType, runId, tags } = claim;
  return { artifactId, contentType, sizeBytes, createdAt, runId, tags };
}

function ownTag(tags: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}
