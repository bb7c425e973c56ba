import { ledgerFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import type { RunEntry } from "../index/run-entry.ts";
import { nearestPlace } from "./ledger-place.ts";
import { readLines } from "./read-lines.ts";

/** The byte after a record; `undefined` when the ledger is shorter. */
export async function endOfRecord(
  folder: Folder,
  entry: RunEntry,
  seq: number,
): Promise<number | undefined> {
  const place = nearestPlace(entry, seq);
  if (place.seq === seq) return place.offset;
  let left = seq - place.seq;
  const name = ledgerFile(entry.runId);
  for await (const lines of readLines(folder, name, place.offset, entry.ledgerBytes)) {
    const line = lines[left - 1];
    if (line !== undefined) return line.end;
    left -= lines.length;
  }
  return undefined;
}
