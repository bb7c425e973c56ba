import { tryCheckpoint } from "../checkpoint/write-checkpoint.ts";
import { hasEnded, isBehind, type RunEntry } from "../index/run-entry.ts";
import { finishAllIntents } from "../journal/carry-out.ts";
import { loadUndamaged, type Rooms } from "../rooms.ts";
import { inParallel } from "./in-parallel.ts";

/** Write all run files that are behind, so that 0.2.0 may drive the folder, and let every file go. */
export async function closeRooms(rooms: Rooms): Promise<void> {
  const { index, claims, files, folder } = rooms;
  await finishAllIntents(rooms);
  const stale = [...index.all()].filter(isStale);
  await inParallel(stale, (entry) => refresh(rooms, entry));
  await folder.reach("close:checkpoints-written");
  await claims.close();
  await files.closeAll();
}

function isStale(entry: RunEntry): boolean {
  if (entry.legacy) return false;
  return isBehind(entry) || (entry.rescheduled && !hasEnded(entry));
}

async function refresh(rooms: Rooms, entry: RunEntry): Promise<void> {
  if ((await loadUndamaged(rooms, entry)) === undefined) return;
  await rooms.turns.in(entry.runId, async () => {
    await tryCheckpoint(rooms, entry, await rooms.live.load(entry));
    if (!hasEnded(entry)) await rooms.live.drop(entry.runId);
  });
}
