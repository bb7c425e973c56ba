/** A line of a ledger, as text or as the bytes of a file: bytes that are no UTF-8 are found, too. */
export type LedgerLine = string | Uint8Array;

const lineFeed = 0x0a;

/** The lines of a ledger file, without their ends. Only a line feed ends a line: other separators may stand in texts. */
export function* ledgerLines(file: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < file.length;) {
    const found = file.indexOf(lineFeed, start);
    const end = found === -1 ? file.length : found;
    yield file.subarray(start, end);
    start = end + 1;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `undefined` when it is not UTF-8. */
export function textOf(line: LedgerLine): string | undefined {
  if (typeof line === "string") return line;
  try {
    return decoder.decode(line);
  } catch {
    return undefined;
  }
}
