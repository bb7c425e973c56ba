import { createHash } from "node:crypto";
import type { Abortable, ArtifactStore, NamedArtifacts } from "@abstractruntime/core/store";
import type { ArtifactLine } from "./evidence-lines.ts";

/** The artifacts that a run has put, and those that its ledger names and that are still there, with their digests. */
export async function* artifactsOf(
  artifacts: ArtifactStore,
  runId: string,
  { referred, offloaded }: NamedArtifacts,
  options: Abortable,
): AsyncGenerator<ArtifactLine, void, void> {
  const ids = new Set([...referred, ...offloaded]);
  let cursor: string | null = null;
  do {
    const query = { runId, limit: 1_000, ...(cursor !== null && { cursor }) };
    const { items, nextCursor } = await artifacts.list(query, options);
    for (const { artifactId } of items) ids.add(artifactId);
    cursor = nextCursor;
  } while (cursor !== null);
  for (const artifactId of [...ids].toSorted()) {
    const metadata = await artifacts.head(artifactId, options);
    if (metadata === undefined) continue;
    const { contentType, sizeBytes } = metadata;
    const hash = createHash("sha256");
    for await (const piece of artifacts.open(artifactId, options)) hash.update(piece);
    yield { runId, artifactId, contentType, sizeBytes, sha256: hash.digest("hex") };
  }
}
