import { isEnded, keepState, type NewRun } from "@abstractruntime/core/store";
import { tryCheckpoint } from "../checkpoint/write-checkpoint.ts";
import { entryOf, type RunEntry } from "../index/run-entry.ts";
import type { Rooms } from "../rooms.ts";
import { renderGroup } from "./check-group.ts";
import type { LiveRun } from "./live-run.ts";

/** Write a run's ledger and file, and put it into the index. The caller has its turn, and it does not exist. */
export async function writeNewRun(
  rooms: Rooms,
  given: NewRun,
): Promise<{ readonly entry: RunEntry; readonly live: LiveRun }> {
  const { run, commitId } = given;
  const { bytes } = renderGroup(given.records);
  const live = rooms.live.newborn(keepState(run));
  await live.ledger.append(bytes);
  const entry = entryOf({
    run,
    commitId,
    createdBy: commitId,
    legacy: false,
    ledger: { end: bytes.length, torn: false, from: 0, open: false },
    inboxSeq: 0,
    inboxSize: 0,
    checkpoint: null,
  });
  const now = rooms.clock.now();
  rooms.index.add(entry);
  if (isEnded(run)) rooms.index.free(entry, null);
  else if (given.lease !== null) rooms.index.hold(entry, given.lease, now);
  else rooms.index.free(entry, given.wakeAt);
  await tryCheckpoint(rooms, entry, live);
  if (isEnded(run)) await live.ledger.close();
  else rooms.live.keep(entry, live);
  return { entry, live };
}
