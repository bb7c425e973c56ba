import { redoEvent } from "../event/publish-event.ts";
import { intentFile } from "../folder/file-names.ts";
import { finishIntent } from "../journal/carry-out.ts";
import type { Rooms } from "../rooms.ts";
import type { Recovered } from "../store-report.ts";

/** Bring messages and claims to where an earlier process left them, once all runs are in the index. */
export async function recoverRuns(rooms: Rooms, recovered: Recovered[]): Promise<void> {
  const { index, events, claims, clock } = rooms;
  const now = clock.now();
  const { last, torn } = await events.recover(now);
  if (torn !== undefined) recovered.push({ kind: "torn_tail", ...torn });
  await claims.recover();
  await finishIntents(rooms, recovered);
  await redoEvent(rooms, last);
  await events.compactAfterRecovery(now);
  // Its driver may have died after the wait began and before it looked for events that came earlier.
  for (const entry of index.open()) {
    const { waiting, paused } = entry.run;
    if (waiting !== null && !paused && events.book.keptFor(waiting.waitKeys, now).length > 0)
      index.wake(entry, now);
  }
}

/** Commits that touched several runs: what the ledger has is done to its end, what it has not is dropped. */
async function finishIntents(rooms: Rooms, recovered: Recovered[]): Promise<void> {
  const { journal, index, folder, logger } = rooms;
  for (const { runId, commitId } of journal.all()) {
    // Of a run that can't be read nobody knows what was committed: its repair decides.
    if (index.damaged().has(runId)) continue;
    if (index.get(runId)?.commitId !== commitId) {
      await journal.end(runId);
      continue;
    }
    await finishIntent(rooms, runId);
    recovered.push({ kind: "finished_commit", runId, file: folder.file(intentFile(runId)) });
    logger.warn("store.commit_finished", { runId });
  }
}
