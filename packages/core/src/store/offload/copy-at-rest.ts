import { readArtifact } from "../../artifact/read-artifact.ts";
import type { Abortable } from "../../ports/abortable.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { DurableStore, NewRun } from "../../ports/durable-store.ts";
import type { RunState } from "../../run/run-state.ts";
import { foldCopied } from "../fold-copied.ts";
import { mapRecord } from "../map-values.ts";
import { collect } from "./grow.ts";
import { markedId, thawMarker } from "./marker.ts";

/**
 * The state at rest from which a fork's own records go on. What the copied records refer to is then the fork's too, so
 * that its origin may be purged.
 *
 * @returns `undefined` when the store does not have those records: it will say so.
 */
export async function copyAtRest(
  store: DurableStore,
  artifacts: ArtifactStore,
  given: NewRun,
  options: Abortable,
): Promise<RunState | undefined> {
  const ids = new Set<string>();
  const note = (record: Parameters<typeof mapRecord>[0]): void => {
    mapRecord(record, (value) => collect(value, ids));
  };
  const run = await foldCopied(store, given, note, options);
  if (run !== undefined) await claimAll(ids, given.run.runId, artifacts, options);
  return run;
}

/** Make artifacts a run's own, and those that their contents refer to. */
async function claimAll(
  ids: ReadonlySet<string>,
  runId: string,
  artifacts: ArtifactStore,
  options: Abortable,
): Promise<void> {
  const found = new Set(ids);
  found.delete(markedId(thawMarker) ?? "");
  // A set that grows while it is walked is walked to its end.
  for (const id of found) {
    const content = await readArtifact(artifacts, id, { ...options, maxBytes: Infinity });
    await artifacts.put(content, { contentType: "application/json", runId }, options);
    const value = JSON.parse(new TextDecoder().decode(content));
    if (typeof value !== "string") collect(value, found);
  }
}
