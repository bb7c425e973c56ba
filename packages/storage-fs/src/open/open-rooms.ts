import type { Clock, Logger } from "@abstractruntime/core/store";
import { ClaimNotes } from "../claim/claim-notes.ts";
import { KeptEventLog } from "../event/kept-event-log.ts";
import type { Folder } from "../folder/folder.ts";
import { OpenFiles } from "../folder/open-files.ts";
import { RunIndex } from "../index/run-index.ts";
import { Journal } from "../journal/journal.ts";
import type { Rooms } from "../rooms.ts";
import { LiveRuns } from "../run/live-runs.ts";
import { Turns } from "../run/turns.ts";
import type { Recovered } from "../store-report.ts";
import { recoverRuns } from "./recover-runs.ts";
import { scanRuns } from "./scan-runs.ts";

interface Surroundings {
  readonly folder: Folder;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** The rooms of a store, empty. */
export function makeRooms(
  { folder, clock, logger }: Surroundings,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Rooms {
  const files = new OpenFiles();
  const index = new RunIndex();
  const turns = new Turns();
  return {
    folder,
    files,
    index,
    turns,
    live: new LiveRuns({ folder, files, index, turns, logger, readOnly }),
    journal: new Journal(folder),
    claims: new ClaimNotes(folder, index),
    events: new KeptEventLog(folder, files),
    clock,
    logger,
  };
}

/** Read a folder whose lock is ours, and put right what a crash has left in it. */
export async function openRooms(
  surroundings: Surroundings,
): Promise<{ readonly rooms: Rooms; readonly recovered: readonly Recovered[] }> {
  const rooms = makeRooms(surroundings);
  const { folder, logger } = surroundings;
  const recovered: Recovered[] = [];
  const names = await folder.names();
  await removeTemporary(folder, names);
  await rooms.journal.recover(names, logger);
  await scanRuns({ ...rooms, recovered }, names);
  await recoverRuns(rooms, recovered);
  await folder.sync();
  return { rooms, recovered };
}

/** New content that a crash kept from taking its name. */
async function removeTemporary(folder: Folder, names: readonly string[]): Promise<void> {
  for (const name of names) if (isTemporary(name)) await folder.remove(name);
}

function isTemporary(name: string): boolean {
  return /^(run_|ledger_|intent_|inbox_|snapshot_|events\.|\.abstractruntime\.).*\.tmp$/.test(name);
}
