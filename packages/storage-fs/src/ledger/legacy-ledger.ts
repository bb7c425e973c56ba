import { linesOf } from "../folder/lines.ts";

/** A ledger that 0.2.0 wrote last, whose lines are kept as they are and only counted. */
export interface LegacyLedger {
  readonly lines: number;
  /** Where the last line that can be read ends; what lies beyond is cut before the first line of ours is written. */
  readonly end: number;
  /** Whether the last line lacks its newline. */
  readonly open: boolean;
  /** `record_hash` of the last line that can be read, where 0.2.0 chained it. */
  readonly head: string | null;
}

/**
 * Look at a ledger whose state is in its run file. A broken line in the middle is history that the verifier reports; a
 * broken last line, and a commit of ours that lacks its end, are what a crash left.
 */
export function inspectLegacy(bytes: Buffer): LegacyLedger {
  let lines = 0;
  let whole: LegacyLedger = { lines: 0, end: 0, open: false, head: null };
  for (const line of linesOf(bytes)) {
    lines += 1;
    const record = parse(line.text);
    if (record !== undefined && isWhole(record))
      whole = { lines, end: line.end, open: !line.complete, head: hashOf(record) };
  }
  return whole;
}

/** Whether a ledger may end after this line: it is no record of ours whose commit goes on. */
function isWhole(record: object): boolean {
  return !("seq" in record) || ("last" in record && record.last === true);
}

function hashOf(record: object): string | null {
  return "record_hash" in record && typeof record.record_hash === "string"
    ? record.record_hash
    : null;
}

function parse(text: string | undefined): object | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
