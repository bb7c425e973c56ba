import { choosePurged, type Purged, type PurgeRequest } from "@abstractruntime/core/store";
import type { FileArtifactStore } from "../artifact/file-artifact-store.ts";
import { inboxFile, ledgerFile, runFile } from "../folder/file-names.ts";
import type { RunEntry } from "../index/run-entry.ts";
import type { Rooms } from "../rooms.ts";

/** `DurableStore.purge`: ended runs with all their files, and artifacts that no other run claims. */
export async function purgeRuns(
  rooms: Rooms,
  artifacts: FileArtifactStore,
  request: PurgeRequest,
): Promise<Purged> {
  const chosen = choosePurged(rooms.index, request);
  if (request.dryRun === true) return { runIds: chosen.map(({ runId }) => runId), artifacts: 0 };
  // What was removed before, an intent among it, must not come back after the runs are gone.
  if (chosen.length > 0) await rooms.folder.sync();
  const removed: string[] = [];
  for (const entry of chosen)
    if (await rooms.turns.in(entry.runId, () => purge(rooms, entry))) removed.push(entry.runId);
  let released = 0;
  for (const runId of removed) released += await artifacts.releaseRun(runId);
  if (removed.length > 0) await rooms.folder.sync();
  return { runIds: removed, artifacts: released };
}

/** The file that makes the run comes last: the ledger, or the run file of a run of 0.2.0. A crash leaves it whole or gone. */
async function purge({ folder, index, live }: Rooms, entry: RunEntry): Promise<boolean> {
  const { runId, legacy } = entry;
  if (index.get(runId) !== entry) return false;
  await live.drop(runId);
  await folder.remove(inboxFile(runId));
  await folder.reach("purge:inbox-removed");
  await folder.remove(legacy ? ledgerFile(runId) : runFile(runId));
  await folder.reach("purge:run-removed");
  await folder.remove(legacy ? runFile(runId) : ledgerFile(runId));
  index.remove(runId);
  await folder.reach("purge:removed");
  return true;
}
