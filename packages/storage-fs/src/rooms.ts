import {
  type Clock,
  freezeRun,
  isAbstractRuntimeError,
  type Logger,
  type Page,
  type StoredRun,
} from "@abstractruntime/core/store";
import type { ClaimNotes } from "./claim/claim-notes.ts";
import type { KeptEventLog } from "./event/kept-event-log.ts";
import type { Folder } from "./folder/folder.ts";
import type { OpenFiles } from "./folder/open-files.ts";
import { headOf, type RunEntry } from "./index/run-entry.ts";
import type { RunIndex } from "./index/run-index.ts";
import type { Journal } from "./journal/journal.ts";
import type { LiveRun } from "./run/live-run.ts";
import type { LiveRuns } from "./run/live-runs.ts";
import type { Turns } from "./run/turns.ts";

/** What the verbs of an open store work with. */
export interface Rooms {
  readonly folder: Folder;
  readonly files: OpenFiles;
  readonly index: RunIndex;
  readonly turns: Turns;
  readonly live: LiveRuns;
  readonly journal: Journal;
  readonly claims: ClaimNotes;
  readonly events: KeptEventLog;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** The entry of a run. @throws store_corrupt its files can't be read */
export function entryIn({ index }: Rooms, runId: string): RunEntry | undefined {
  const damage = index.damaged().get(runId);
  if (damage !== undefined) throw damage;
  return index.get(runId);
}

/** A run with its head, as callers get it. Reads its files when it is not in memory. */
export async function loadStored(rooms: Rooms, entry: RunEntry): Promise<StoredRun> {
  const live = rooms.live.get(entry.runId);
  if (live !== undefined) return storedRun(entry, live);
  return rooms.turns.in(entry.runId, async () => storedRun(entry, await rooms.live.load(entry)));
}

/** The same, `undefined` when the run's files turn out to be damaged: the store's report says so. */
export async function loadUndamaged(rooms: Rooms, entry: RunEntry): Promise<StoredRun | undefined> {
  try {
    return await loadStored(rooms, entry);
  } catch (error) {
    if (isAbstractRuntimeError(error, "store_corrupt")) return undefined;
    throw error;
  }
}

/** The runs of a page of the index. */
export async function loadPage(
  rooms: Rooms,
  { items, nextCursor }: Page<RunEntry>,
): Promise<Page<StoredRun>> {
  const runs = await Promise.all(items.map((entry) => loadUndamaged(rooms, entry)));
  return { items: runs.filter((run) => run !== undefined), nextCursor };
}

export function storedRun(entry: RunEntry, { run }: LiveRun): StoredRun {
  return Object.freeze({ run: freezeRun(run), head: headOf(entry) });
}
