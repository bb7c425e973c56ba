import { readArtifact } from "@abstractruntime/core";
import {
  formatInstant,
  type Abortable,
  type ArtifactStore,
  type Clock,
} from "@abstractruntime/core/store";

/** Why something was erased, and on whose word. */
export interface ErasureReason {
  /** Such as `request 4711 under Art. 17 GDPR`. It is kept: no personal data belongs here. */
  readonly reason: string;
  readonly by: string;
}

/** What was erased. */
export interface Erasure extends ErasureReason {
  readonly runId: string;
  /** ISO 8601 UTC. */
  readonly erasedAt: string;
}

/**
 * Remove an artifact for good, and keep who did it. The record of it is written first: after a crash, what is said to be
 * erased may still be there, and erasing it again removes it.
 *
 * @returns whether it was there
 */
export async function eraseArtifact(
  artifacts: ArtifactStore,
  artifactId: string,
  erased: { readonly runId: string } & ErasureReason,
  { clock, ...options }: Abortable & { readonly clock: Pick<Clock, "now"> },
): Promise<boolean> {
  const recordId = recordIdOf(artifactId);
  if ((await artifacts.head(recordId, options)) === undefined) {
    const { runId, reason, by } = erased;
    const record = { run_id: runId, erased_at: formatInstant(clock.now()), by, reason };
    const tags = { holds: "erasure", run: runId };
    const content = new TextEncoder().encode(JSON.stringify(record));
    const artifact = { artifactId: recordId, contentType: "application/json", tags };
    await artifacts.put(content, artifact, options);
  }
  return artifacts.delete(artifactId, options);
}

/** Whether there is a record of an artifact's erasure. */
export async function wasErased(
  artifacts: ArtifactStore,
  artifactId: string,
  options: Abortable,
): Promise<boolean> {
  return (await artifacts.head(recordIdOf(artifactId), options)) !== undefined;
}

/**
 * What was erased of a run, each artifact of it, the latest first.
 *
 * @param artifacts the payloads of `digestPayloads`, or the vault of `RunKeys`
 */
export async function listErasures(
  artifacts: ArtifactStore,
  runId: string,
  options: Abortable = {},
): Promise<readonly Erasure[]> {
  const erasures: Erasure[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { tags: { holds: "erasure", run: runId }, ...(cursor && { cursor }) };
    const { items, nextCursor } = await artifacts.list(query, options);
    for (const { artifactId } of items) {
      const content = await readArtifact(artifacts, artifactId, options);
      const record = JSON.parse(new TextDecoder().decode(content)) as Record<string, string>;
      const { run_id = runId, erased_at: erasedAt = "", reason = "", by = "" } = record;
      erasures.push({ runId: run_id, erasedAt, reason, by });
    }
    cursor = nextCursor;
  }
  return erasures;
}

function recordIdOf(artifactId: string): string {
  return `erased-${artifactId}`;
}
