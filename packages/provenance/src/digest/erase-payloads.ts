import {
  AbstractRuntimeError,
  isEnded,
  systemClock,
  type Abortable,
  type ArtifactStore,
  type Clock,
  type DurableStore,
  type RunQuery,
} from "@abstractruntime/core/store";
import { eraseArtifact, type ErasureReason } from "../at-rest/erasure.ts";
import { batchTags } from "./payload-batch.ts";

/** Where runs and their content are. */
export interface ErasablePayloads {
  /** The store that `digestPayloads` made, or the one below it. */
  readonly store: Pick<DurableStore, "load" | "list">;
  readonly payloads: ArtifactStore;
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** What was erased. */
export interface ErasedPayloads {
  readonly runIds: readonly string[];
  /** Artifacts with content that are gone. */
  readonly artifacts: number;
}

/**
 * Remove the content of runs for good: what they were given, made and said. Their ledgers stay as they are, to the byte,
 * and verify. That it was done, why, and on whose word is kept (`listErasures`).
 *
 * Runs must have ended. A fork shares the content of the records that it copied: erased in one, it is erased in both. What
 * a run handed to others (its children's `vars`, its result in its parent) is theirs: name those, too, for instance all
 * runs of a session.
 *
 * @param which a run's id, or what runs are found by
 * @throws run_not_found; invalid_argument a run has not ended: nothing was erased
 */
export async function erasePayloads(
  { store, payloads, clock = systemClock }: ErasablePayloads,
  which: string | RunQuery,
  why: ErasureReason,
  options: Abortable = {},
): Promise<ErasedPayloads> {
  const runIds = await endedRuns(store, which, options);
  let artifacts = 0;
  for (const runId of runIds)
    for (const artifactId of await batchesOf(payloads, runId, options)) {
      const erased = { runId, reason: why.reason, by: why.by };
      if (await eraseArtifact(payloads, artifactId, erased, { clock, ...options })) artifacts += 1;
    }
  return { runIds, artifacts };
}

async function endedRuns(
  store: ErasablePayloads["store"],
  which: string | RunQuery,
  options: Abortable,
): Promise<readonly string[]> {
  const runs = typeof which === "string" ? [which] : await idsOf(store, which, options);
  for (const runId of runs) {
    const stored = await store.load(runId, options);
    if (stored === undefined)
      throw new AbstractRuntimeError("run_not_found", `there is no run ${runId}`, {
        details: { runId },
      });
    if (!isEnded(stored.run))
      throw new AbstractRuntimeError(
        "invalid_argument",
        `run ${runId} is ${stored.run.status}, and needs its content: cancel it first`,
        { details: { runId } },
      );
  }
  return runs;
}

async function idsOf(
  store: ErasablePayloads["store"],
  query: RunQuery,
  options: Abortable,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined = query.cursor;
  while (cursor !== null) {
    const page = await store.list({ ...query, ...(cursor && { cursor }) }, options);
    ids.push(...page.items.map(({ run }) => run.runId));
    cursor = page.nextCursor;
  }
  return ids;
}

/** All of them, before any is removed: pages move when something goes. */
async function batchesOf(
  payloads: ArtifactStore,
  runId: string,
  options: Abortable,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { runId, tags: batchTags, limit: 1_000, ...(cursor && { cursor }) };
    const page = await payloads.list(query, options);
    ids.push(...page.items.map(({ artifactId }) => artifactId));
    cursor = page.nextCursor;
  }
  return ids;
}
