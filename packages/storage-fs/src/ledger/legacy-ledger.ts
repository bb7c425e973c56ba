import { linesOf } from "../folder/lines.ts";

/** A ledger that 0.2.0 wrote last, whose lines are kept as they are and only counted. */
export interface LegacyLedger {
  readonly lines: number;
  /** Where the last line that can be read ends; what lies beyond is cut before the first line of ours is written. */
  readonly end: number;
  /** Whether the last line lacks its newline. */
  readonly open: boolean;
}

/**
 * Look at a ledger whose state is in its run file. A broken line in the middle is history that the verifier reports; a
 * broken last line, and a commit of ours that lacks its end, are what a crash left.
 */
export function inspectLegacy(bytes: Buffer): LegacyLedger {
  let lines = 0;
  let whole: LegacyLedger = { lines: 0, end: 0, open: false };
  for (const line of linesOf(bytes)) {
    lines += 1;
    if (isWhole(line.text)) whole = { lines, end: line.end, open: !line.complete };
  }
  return whole;
}

/** Whether a ledger may end after this line: it is JSON, and no record of ours whose commit goes on. */
function isWhole(text: string | undefined): boolean {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    if (typeof value !== "object" || value === null) return false;
    return !("seq" in value) || ("last" in value && value.last === true);
  } catch {
    return false;
  }
}
