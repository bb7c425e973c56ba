import {
  decodeRecord,
  deepFreeze,
  type LedgerRecord,
  type RecordRange,
} from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";
import { ledgerFile } from "../folder/file-names.ts";
import type { Line } from "../folder/lines.ts";
import { entryIn, loadStored, type Rooms } from "../rooms.ts";
import { nearestPlace, notePlace } from "./ledger-place.ts";
import { readLines } from "./read-lines.ts";

/** The records from which the run folds: those from its last `created` or `adopted` on. */
export async function readRecords(
  rooms: Rooms,
  runId: string,
  { after = 0, limit = Infinity }: RecordRange,
): Promise<readonly LedgerRecord[]> {
  const { folder } = rooms;
  const entry = entryIn(rooms, runId);
  if (entry === undefined || entry.legacy) return [];
  const name = ledgerFile(runId);
  const start = Math.max(nearestPlace(entry, after).offset, entry.ledgerFrom);
  const records: LedgerRecord[] = [];
  for await (const lines of readLines(folder, name, start, entry.ledgerBytes))
    for (const line of lines) {
      if (records.length >= limit) return Object.freeze(records);
      const record = decodeLine(line, folder.file(name));
      if (record.seq <= after) continue;
      records.push(deepFreeze(record));
      if (records.length >= limit) notePlace(entry, { seq: record.seq, offset: line.end });
    }
  return Object.freeze(records);
}

/** All lines as they are stored, 0.2.0's among them. A line's number is the `seq` of its record. */
export async function readRecordTexts(
  rooms: Rooms,
  runId: string,
  { after = 0, limit = Infinity }: RecordRange,
): Promise<readonly string[]> {
  const { folder } = rooms;
  const entry = entryIn(rooms, runId);
  if (entry === undefined) return [];
  // Of a run of 0.2.0 the index knows no lengths.
  if (entry.legacy) await loadStored(rooms, entry);
  const { offset, seq } = nearestPlace(entry, after);
  const texts: string[] = [];
  let number = seq;
  for await (const lines of readLines(folder, ledgerFile(runId), offset, entry.ledgerBytes))
    for (const { text = "", end } of lines) {
      if (texts.length >= limit) return texts;
      number += 1;
      if (number <= after) continue;
      texts.push(text);
      if (texts.length >= limit && !entry.legacy) notePlace(entry, { seq: number, offset: end });
    }
  return texts;
}

function decodeLine({ text = "", offset }: Line, file: string): LedgerRecord {
  try {
    return decodeRecord(text, `${file}, byte ${offset}`);
  } catch (error) {
    throw corruptBy(file, offset, error);
  }
}
