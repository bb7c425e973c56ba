import { isUtf8 } from "node:buffer";

/** One line of a file, by bytes. */
export interface Line {
  /** Where it begins and where the next one does, from the beginning of the file. */
  readonly offset: number;
  readonly end: number;
  /** Without its newline; undefined when it is not UTF-8. */
  readonly text: string | undefined;
  /** Whether its newline is there. */
  readonly complete: boolean;
}

const newline = 10;

/**
 * The lines of a piece of a file, blank ones left out. Lines end with \n alone: U+2028 and its like stand in texts as
 * they are.
 *
 * @param start where the piece begins in the file
 */
export function* linesOf(bytes: Buffer, start = 0): Iterable<Line> {
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf(newline, from);
    const complete = at !== -1;
    const to = complete ? at : bytes.length;
    const end = complete ? at + 1 : bytes.length;
    const piece = bytes.subarray(from, to);
    const text = isUtf8(piece) ? piece.toString("utf8") : undefined;
    if (text === undefined || text.trim() !== "")
      yield { offset: start + from, end: start + end, text, complete };
    from = end;
  }
}
