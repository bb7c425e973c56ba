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
