import { getArtifactId, isArtifactRef } from "../artifact/artifact-ref.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { RunState } from "../run/run-state.ts";

/**
 * Make the artifacts that a run's state refers to its own, beside those who have them: they stay when their present owners
 * are purged. What is not there is passed over.
 */
export async function claimArtifacts(
  artifacts: ArtifactStore,
  { runId, vars, pending, waiting }: RunState,
  options: Abortable,
): Promise<void> {
  const found = new Set<string>();
  for (const value of [vars, pending?.effect.payload, waiting?.details, waiting?.choices])
    collect(value ?? null, found);
  for (const artifactId of found) {
    const known = await artifacts.head(artifactId, options);
    if (known === undefined) continue;
    const { contentType, tags } = known;
    const claim = { artifactId, contentType, tags, runId };
    await artifacts.put(artifacts.open(artifactId, options), claim, options);
  }
}

function collect(value: JsonValue, found: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  if (isArtifactRef(value)) found.add(getArtifactId(value));
  for (const member of Object.values(value)) collect(member, found);
}
