import {
  checkCopy,
  type ForkOrigin,
  formatInstant,
  isEnded,
  keepState,
  ledgerHeadOf,
  type NewRun,
  noSuchCopy,
} from "@abstractruntime/core/store";
import { tryCheckpoint } from "../checkpoint/write-checkpoint.ts";
import { entryOf, type RunEntry } from "../index/run-entry.ts";
import { copyLedger, type LedgerPart } from "../ledger/copy-ledger.ts";
import { endOfRecord } from "../ledger/end-of-record.ts";
import { restoreLedger } from "../ledger/restore-ledger.ts";
import { entryIn, type Rooms } from "../rooms.ts";
import { renderGroup } from "./check-group.ts";
import { consumeNamed } from "./add-inbox.ts";
import { tellOfJoin, writeInbox } from "./deliver-message.ts";
import type { LiveRun } from "./live-run.ts";

/** Write a run's ledger and file, and put it into the index. The caller has its turn, and it does not exist. */
export async function writeNewRun(
  rooms: Rooms,
  given: NewRun,
): Promise<{ readonly entry: RunEntry; readonly live: LiveRun }> {
  const { run, commitId } = given;
  const { live, from } = await writeLedger(rooms, given);
  const entry = entryOf({
    run,
    commitId,
    ledgerHead: ledgerHeadOf(given.records),
    createdBy: commitId,
    legacy: false,
    ledger: { end: live.ledger.size, torn: false, from, open: false },
    inboxSeq: 0,
    inboxSize: 0,
    checkpoint: null,
  });
  const now = rooms.clock.now();
  rooms.index.add(entry);
  if (run.waiting?.join) await tellOfJoin(rooms, entry, live);
  if (isEnded(run)) rooms.index.free(entry, null);
  else if (given.lease !== null) rooms.index.hold(entry, given.lease, now);
  else rooms.index.free(entry, entry.inboxSeq > 0 ? formatInstant(now) : given.wakeAt);
  await tryCheckpoint(rooms, entry, live);
  if (isEnded(run)) await live.ledger.close();
  else rooms.live.keep(entry, live);
  return { entry, live };
}

/** Write the ledger, with what a fork copies, or with the lines that came. @returns where in it folding starts. */
async function writeLedger(
  rooms: Rooms,
  given: NewRun,
): Promise<{ readonly live: LiveRun; readonly from: number }> {
  const run = keepState(given.run);
  if (given.texts !== undefined) return restore(rooms, given, given.texts);
  const { bytes } = renderGroup(given.records);
  if (given.copyOf === undefined) {
    const live = rooms.live.newborn(run);
    await live.ledger.append(bytes);
    return { live, from: 0 };
  }
  const part = await copiedPart(rooms, given, given.copyOf);
  await copyLedger(rooms.folder, run.runId, part, bytes);
  return { live: rooms.live.newborn(run, part.end + bytes.length), from: part.from };
}

/** The ledger of a run from elsewhere, and an inbox that knows what the run has read. */
async function restore(
  { folder, live: lives }: Rooms,
  { run, records }: NewRun,
  texts: readonly string[],
): Promise<{ readonly live: LiveRun; readonly from: number }> {
  const { runId } = run;
  const skipped = texts.length - records.length;
  const { bytes, from } = await restoreLedger(folder, runId, texts, skipped);
  const live = lives.newborn(run, bytes);
  for (const record of records) if (record.runId === runId) consumeNamed(live.inbox, record);
  if (live.inbox.consumedCount > 0) await writeInbox(folder, runId, live);
  return { live, from };
}

/** What of another ledger a fork begins with. @throws run_not_found, invalid_argument */
async function copiedPart(
  rooms: Rooms,
  given: NewRun,
  { runId, seq }: ForkOrigin,
): Promise<LedgerPart & { readonly from: number }> {
  const origin = entryIn(rooms, runId);
  checkCopy(given, origin?.run);
  if (origin === undefined || origin.legacy)
    throw noSuchCopy(given, `0.2.0 wrote run ${runId}, and its records can't be copied`);
  const end = await endOfRecord(rooms.folder, origin, seq);
  if (end === undefined || end <= origin.ledgerFrom)
    throw noSuchCopy(given, `run ${runId} was adopted from 0.2.0 after record ${seq}`);
  return { runId, end, from: origin.ledgerFrom };
}
