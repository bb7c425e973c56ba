import { decodeLedgerLine, type LedgerRecord } from "@abstractruntime/core/store";
import { corrupt } from "../folder/corrupt.ts";
import { type Line, linesOf } from "../folder/lines.ts";

/** What stands in a ledger from some byte on. */
export interface LedgerTail {
  /** The records of all whole commits, in order, each with the byte where its line begins. */
  readonly records: readonly PlacedRecord[];
  /** Where the last whole commit, or line of 0.2.0, ends. What lies beyond is what a crash left of a commit. */
  readonly end: number;
  /** Whether 0.2.0 wrote the last line, so that the state is in the run file and not here. */
  readonly endsForeign: boolean;
}

export interface PlacedRecord {
  readonly record: LedgerRecord;
  readonly offset: number;
}

/**
 * Read a piece of a ledger.
 *
 * Each commit is synced before the next is written, so a crash can tear the last one only: its last line lacks its end
 * or is broken, its closing record is missing, or blocks of it that never reached the disk read as zeros.
 *
 * @param start where the piece begins in the file
 * @throws store_corrupt at anything else that can't be read
 */
export function readTail(bytes: Buffer, start: number, file: string): LedgerTail {
  const records: PlacedRecord[] = [];
  let group: PlacedRecord[] = [];
  let copied: readonly PlacedRecord[] = [];
  let end = start;
  let endsForeign = false;
  const lines = [...linesOf(bytes, start)];
  for (const [index, line] of lines.entries()) {
    const record = decodeLine(line, file);
    if (record instanceof Error) {
      if (isTorn(lines, index)) break;
      throw corrupt(file, line.offset, record.message, record);
    }
    endsForeign = !("seq" in record);
    if (!("seq" in record)) {
      if (group.length > 0) throw corrupt(file, line.offset, "a commit is not closed");
      end = line.end;
      continue;
    }
    if (group.length > 0 && group[0]?.record.commitId !== record.commitId) {
      // A fork's copy of another ledger may end inside of a commit.
      if (record.kind !== "forked")
        throw corrupt(file, line.offset, "the commit before is not closed");
      copied = group;
      group = [];
    }
    group.push({ record, offset: line.offset });
    if (!record.last) continue;
    for (const placed of copied) records.push(placed);
    for (const placed of group) records.push(placed);
    copied = [];
    group = [];
    end = line.end;
  }
  return { records, end, endsForeign };
}

function decodeLine(line: Line, file: string): ReturnType<typeof decodeLedgerLine> | Error {
  if (line.text === undefined) return new Error("it is not UTF-8");
  if (!line.complete) return new Error("it has no end");
  try {
    return decodeLedgerLine(line.text, `${file}, byte ${line.offset}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isTorn(lines: readonly Line[], index: number): boolean {
  const later = lines.slice(index + 1);
  if (later.length === 0) return true;
  const closing = later.findIndex(({ text }) => text?.includes('"last":true') ?? false);
  const isOneCommit = closing === -1 || closing === later.length - 1;
  return isOneCommit && (lines[index]?.text?.includes("\0") ?? false);
}
