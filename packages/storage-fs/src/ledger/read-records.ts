import {
  decodeRecord,
  deepFreeze,
  type LedgerRecord,
  type RecordRange,
} from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";
import { ledgerFile } from "../folder/file-names.ts";
import { type Line, linesOf } from "../folder/lines.ts";
import type { RunEntry } from "../index/run-entry.ts";
import { entryIn, loadStored, type Rooms } from "../rooms.ts";

/** The records from which the run folds: those from its last `created` or `adopted` on. */
export async function readRecords(
  rooms: Rooms,
  runId: string,
  { after = 0, limit = Infinity }: RecordRange,
): Promise<readonly LedgerRecord[]> {
  const { folder } = rooms;
  const place = entryIn(rooms, runId);
  if (place === undefined || place.legacy) return [];
  const { ledgerBytes, ledgerFrom } = place;
  const file = folder.file(ledgerFile(runId));
  const start = skip(place, after)?.offset ?? ledgerFrom;
  const bytes = await folder.readRange(ledgerFile(runId), start, ledgerBytes);
  const records: LedgerRecord[] = [];
  for (const line of linesOf(bytes, start)) {
    if (records.length >= limit) break;
    const record = decodeLine(line, file);
    if (record.seq > after) records.push(deepFreeze(record));
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
  const place = entryIn(rooms, runId);
  if (place === undefined) return [];
  // Of a run of 0.2.0 the index knows no lengths.
  if (place.legacy) await loadStored(rooms, place);
  const { offset: start, seq } = skip(place, after) ?? { offset: 0, seq: 0 };
  const bytes = await folder.readRange(ledgerFile(runId), start, place.ledgerBytes);
  const texts: string[] = [];
  let number = seq;
  for (const { text } of linesOf(bytes)) {
    if (texts.length >= limit) break;
    number += 1;
    if (number > after) texts.push(text ?? "");
  }
  return texts;
}

/** Where reading can begin: after the part that the run file covers, if all of that is skipped anyway. */
function skip(
  { checkpoint, legacy }: RunEntry,
  after: number,
): { readonly offset: number; readonly seq: number } | undefined {
  if (legacy || checkpoint === null || checkpoint.seq > after) return undefined;
  return { offset: checkpoint.ledgerBytes, seq: checkpoint.seq };
}

function decodeLine({ text = "", offset }: Line, file: string): LedgerRecord {
  try {
    return decodeRecord(text, `${file}, byte ${offset}`);
  } catch (error) {
    throw corruptBy(file, offset, error);
  }
}
