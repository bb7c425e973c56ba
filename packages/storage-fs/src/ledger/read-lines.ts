import type { Folder } from "../folder/folder.ts";
import { type Line, linesOf } from "../folder/lines.ts";

/** So much of a file is in memory at a time, unless a line is longer. */
const pieceBytes = 256 * 1024;

/** The lines of a part of a file, in order and some at a time, so that a long ledger is never in memory as a whole. */
export async function* readLines(
  folder: Folder,
  name: string,
  start: number,
  end: number,
): AsyncGenerator<readonly Line[], void, void> {
  let size = pieceBytes;
  for (let from = start; from < end;) {
    const to = Math.min(from + size, end);
    const bytes = await folder.readRange(name, from, to);
    const lines = [...linesOf(bytes, from)];
    if (to < end && lines.at(-1)?.complete === false) lines.pop();
    if (lines.length > 0) yield lines;
    const next = lines.at(-1)?.end ?? from;
    // Blank lines are no lines: what holds nothing else is passed over, and a line that did not fit is read in a larger piece.
    size = next > from ? pieceBytes : size * 2;
    from = to === end ? end : next;
  }
}
