import { parseInstant } from "@abstractruntime/core/store";
import type { FileArtifactStore } from "../artifact/file-artifact-store.ts";
import { inboxFile, ledgerFile, runFile } from "../folder/file-names.ts";
import { hasEnded, type RunEntry } from "../index/run-entry.ts";
import type { Rooms } from "../rooms.ts";

/** `DurableStore.purge`: ended runs with all their files, and artifacts that no other run claims. */
export async function purgeRuns(
  rooms: Rooms,
  artifacts: FileArtifactStore,
  { endedBefore, limit = 1_000 }: { readonly endedBefore: string; readonly limit?: number },
): Promise<readonly string[]> {
  const before = parseInstant(endedBefore);
  const chosen = [...rooms.index.all()]
    .filter(hasEnded)
    .map((entry) => ({ entry, endedAt: parseInstant(entry.run.updatedAt) }))
    .filter(({ endedAt }) => endedAt < before)
    .toSorted((a, b) => a.endedAt - b.endedAt)
    .slice(0, limit);
  // What was removed before, an intent among it, must not come back after the runs are gone.
  if (chosen.length > 0) await rooms.folder.sync();
  const removed: string[] = [];
  for (const { entry } of chosen)
    if (await rooms.turns.in(entry.runId, () => purge(rooms, entry))) removed.push(entry.runId);
  for (const runId of removed) await artifacts.releaseRun(runId);
  if (removed.length > 0) await rooms.folder.sync();
  return removed;
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
