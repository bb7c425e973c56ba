import {
  type Clock,
  formatInstant,
  impliedWakeAt,
  isAbstractRuntimeError,
  type Logger,
} from "@abstractruntime/core/store";
import { idIn, ledgerFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { entryOf, hasEnded } from "../index/run-entry.ts";
import type { RunIndex } from "../index/run-index.ts";
import type { Journal } from "../journal/journal.ts";
import type { LiveRuns } from "../run/live-runs.ts";
import { readRun } from "../run/read-run.ts";
import type { RunOnDisk, TornTail } from "../run/run-on-disk.ts";
import type { Recovered } from "../store-report.ts";
import { inParallel } from "./in-parallel.ts";

interface Scan {
  readonly folder: Folder;
  readonly index: RunIndex;
  readonly live: LiveRuns;
  readonly journal: Journal;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly recovered: Recovered[];
}

/** Ids of all runs that a folder has files of. */
export function runIdsIn(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of names) {
    const runId = idIn(name, "run_", ".json") ?? idIn(name, "ledger_", ".jsonl");
    if (runId !== undefined) found.add(runId);
  }
  return found;
}

/** Put every run of a folder into the index, and cut what a crash left at the ends of its files. */
export async function scanRuns(scan: Scan, names: readonly string[]): Promise<void> {
  await inParallel(runIdsIn(names), (runId) => scanRun(scan, runId));
}

async function scanRun(scan: Scan, runId: string): Promise<void> {
  const { folder, index, logger } = scan;
  try {
    const intent = scan.journal.get(runId);
    const adoption = intent?.adopts === true ? intent.commitId : undefined;
    const found = await readRun(folder, runId, { adoption, brief: true });
    if (found === "unborn") await removeUnborn(scan, runId);
    else if (found !== undefined) await addRun(scan, found);
  } catch (error) {
    if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
    index.addDamaged(runId, error);
    logger.error("store.run_damaged", { runId, message: error.message });
  }
}

async function addRun(scan: Scan, found: RunOnDisk): Promise<void> {
  const { index, live, clock } = scan;
  for (const torn of found.torn) await cutTail(scan, torn, found);
  const entry = entryOf(found);
  index.add(entry);
  if (hasEnded(entry)) return;
  index.free(entry, wakeAtOf(found, clock.now()));
  entry.rescheduled = found.hasNews || found.wakeAt === undefined;
  live.keep(entry, live.fromDisk(found));
}

/** All leases ended with the process that held them: a run wakes when its run file says, or its state, or for messages. */
export function wakeAtOf({ run, hasNews, wakeAt }: RunOnDisk, nowMs: number): string | null {
  const now = formatInstant(nowMs);
  if (hasNews) return now;
  return wakeAt === undefined ? impliedWakeAt(run, now, false) : wakeAt;
}

/** 0.2.0's files are left as they are until its run is adopted: there, the tail is only ignored. */
async function cutTail(
  { folder, logger, recovered }: Scan,
  torn: TornTail,
  { legacy }: RunOnDisk,
): Promise<void> {
  const { file, offset, bytes } = torn;
  recovered.push({ kind: "torn_tail", ...torn });
  logger.warn("store.torn_tail", { file, offset, bytes });
  if (legacy) return;
  const handle = await folder.fs.open(file, "r+");
  try {
    await handle.truncate(offset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeUnborn({ folder, recovered }: Scan, runId: string): Promise<void> {
  const file = ledgerFile(runId);
  await folder.remove(file);
  recovered.push({ kind: "unborn_run", file: folder.file(file) });
}
