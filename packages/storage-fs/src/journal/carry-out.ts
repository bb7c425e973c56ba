import { writeCheckpoint } from "../checkpoint/write-checkpoint.ts";
import type { Rooms } from "../rooms.ts";
import { sendMessage } from "../run/deliver-message.ts";
import { writeNewRun } from "../run/write-new-run.ts";
import { type Intent, runIdsOf } from "./intent.ts";

/** Do what a committed intent says and forget it. Safe to repeat. The caller has the turns of all its runs. */
export async function carryOut(rooms: Rooms, intent: Intent): Promise<void> {
  const { index, folder, journal } = rooms;
  for (const child of intent.children) {
    const { runId } = child.run;
    if (index.get(runId) === undefined && !index.damaged().has(runId))
      await writeNewRun(rooms, child);
  }
  await folder.reach("intent:children");
  for (const { runId, message } of intent.messages) {
    const entry = index.get(runId);
    if (entry !== undefined) await sendMessage(rooms, entry, message);
  }
  await folder.reach("intent:messages");
  const entry = index.get(intent.runId);
  if (intent.adopts && entry !== undefined)
    await writeCheckpoint(rooms, entry, await rooms.live.load(entry));
  await journal.end(intent.runId);
}

/**
 * Carry out what an earlier commit of this run could not, because the disk failed after it. If that commit never came,
 * its intent is forgotten, but not while the disk may still hold the commit that nobody was told of.
 */
export async function finishIntent(rooms: Rooms, runId: string): Promise<void> {
  const intent = rooms.journal.get(runId);
  if (intent === undefined) return;
  const release = await rooms.turns.takeAll(runIdsOf(intent));
  try {
    // Who had the turn before may have done it.
    if (rooms.journal.get(runId) !== intent) return;
    if (rooms.index.get(runId)?.commitId === intent.commitId) await carryOut(rooms, intent);
    else if (rooms.live.get(runId)?.ledger.suspect === false) await rooms.journal.end(runId);
  } finally {
    release();
  }
}

/** The same for all runs that nobody writes now: their next commit may never come. What fails is tried again. */
export async function finishAllIntents(rooms: Rooms): Promise<void> {
  for (const { runId } of rooms.journal.all()) {
    if (rooms.turns.isTaken(runId)) continue;
    await finishIntent(rooms, runId).catch((error: unknown) => {
      rooms.logger.warn("store.commit_unfinished", { runId, error: String(error) });
    });
  }
}
