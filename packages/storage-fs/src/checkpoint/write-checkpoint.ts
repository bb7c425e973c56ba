import { formatInstant } from "@abstractruntime/core/store";
import { runFile } from "../folder/file-names.ts";
import { hasEnded, headOf, type RunEntry, type RunFacts } from "../index/run-entry.ts";
import type { Rooms } from "../rooms.ts";
import type { LiveRun } from "../run/live-run.ts";
import { renderCheckpoint } from "./checkpoint.ts";

/** A ledger tail shorter than this never asks for a checkpoint: reading it again costs less than writing one. */
const minTailBytes = 512 * 1024;

/** So many times its own size may the ledger after a checkpoint grow: then checkpoints add a quarter to what is written. */
const TAIL_PER_CHECKPOINT = 4;

/**
 * Whether the run file is to be written now: 0.2.0, and people, find there how a run began, what it waits for and how it
 * ended; otherwise it is written when the ledger since the last time far outweighs it, so that a step costs what it changes.
 * Waits for children end by themselves, and an agent has one for each turn: those are written when the ledger outweighs the file.
 */
export function isCheckpointDue(entry: RunEntry, before: RunFacts): boolean {
  if (entry.checkpoint === null || hasEnded(entry)) return true;
  const tailBytes = entry.ledgerBytes - entry.checkpoint.ledgerBytes;
  const { waiting } = entry.run;
  if (before.waiting?.waitId !== waiting?.waitId) {
    const waits = [before.waiting, waiting].filter((wait) => wait !== null);
    return tailBytes > entry.checkpoint.bytes || !waits.every(isForChildren);
  }
  return tailBytes > Math.max(minTailBytes, TAIL_PER_CHECKPOINT * entry.checkpoint.bytes);
}

function isForChildren({ reason, gate }: NonNullable<RunFacts["waiting"]>): boolean {
  return reason === "subworkflow" && gate === null;
}

/** Write a run's file. The caller has the run's turn. */
export async function writeCheckpoint(
  { folder, clock }: Pick<Rooms, "clock" | "folder">,
  entry: RunEntry,
  { run, inbox }: LiveRun,
): Promise<void> {
  const { createdBy, ledgerBytes, ledgerFrom } = entry;
  const head = headOf(entry);
  // If its driver dies, whoever opens the folder next has to look at it.
  const whenHeld = hasEnded(entry) || run.paused ? null : formatInstant(clock.now());
  const stored = { run, head: head.leaseId === null ? head : { ...head, wakeAt: whenHeld } };
  const inboxUnread = inbox.unreadPositions();
  entry.rescheduled = false;
  const text = renderCheckpoint({ stored, createdBy, ledgerBytes, ledgerFrom, inboxUnread });
  await folder.replace(runFile(entry.runId), text, {
    written: "checkpoint:temp-written",
    renamed: "checkpoint:renamed",
  });
  const { revision, seq } = run;
  entry.checkpoint = { revision, seq, bytes: Buffer.byteLength(text), ledgerBytes };
}

/** Write it where it is only a cache: what goes wrong is said, and tried again at the next commit or at close. */
export async function tryCheckpoint(rooms: Rooms, entry: RunEntry, live: LiveRun): Promise<void> {
  try {
    await writeCheckpoint(rooms, entry, live);
  } catch (error) {
    entry.rescheduled = true;
    rooms.logger.warn("store.checkpoint_failed", { runId: entry.runId, error: String(error) });
  }
}
