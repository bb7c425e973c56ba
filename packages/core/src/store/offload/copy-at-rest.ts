import { readArtifact } from "../../artifact/read-artifact.ts";
import type { Abortable } from "../../ports/abortable.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { DurableStore, NewRun } from "../../ports/durable-store.ts";
import { follow } from "../../run/fold-run.ts";
import type { RunState } from "../../run/run-state.ts";
import { collect } from "./grow.ts";
import { mapRecord } from "./map-values.ts";
import { markedId, thawMarker } from "./marker.ts";

const pageSize = 1_000;

/**
 * The state at rest from which a fork's own records go on. What the copied records refer to is then the fork's too, so
 * that its origin may be purged.
 *
 * @returns `undefined` when the store does not have those records: it will say so.
 */
export async function copyAtRest(
  store: DurableStore,
  artifacts: ArtifactStore,
  { run: { runId }, copyOf, records: [first] }: NewRun,
  options: Abortable,
): Promise<RunState | undefined> {
  if (copyOf === undefined || first?.seq !== copyOf.seq + 1) return undefined;
  const ids = new Set<string>();
  let run: RunState | undefined;
  for (let after = 0; after < copyOf.seq;) {
    const range = { after, limit: Math.min(pageSize, copyOf.seq - after) };
    const records = await store.records(copyOf.runId, range, options);
    for (const record of records) {
      // Of a run that was adopted from 0.2.0, records begin after its lines.
      if (record.seq > copyOf.seq) break;
      mapRecord(record, (value) => collect(value, ids));
      run = follow(run, record);
    }
    if (run === undefined || records.length === 0) return undefined;
    after = run.seq;
  }
  await claimAll(ids, runId, artifacts, options);
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
