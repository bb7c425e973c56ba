import type { Folder } from "../folder/folder.ts";
import { writeLedgerFile } from "./write-ledger.ts";

const linesAtOnce = 1_000;

/**
 * Write a ledger with lines from elsewhere.
 *
 * @param skipped how many of them stand before the one at which folding begins
 * @returns its bytes, and the byte at which that line begins
 */
export async function restoreLedger(
  folder: Folder,
  runId: string,
  texts: readonly string[],
  skipped: number,
): Promise<{ readonly bytes: number; readonly from: number }> {
  let bytes = 0;
  let from = 0;
  await writeLedgerFile(folder, runId, async (file) => {
    for (let at = 0; at < texts.length; at += linesAtOnce) {
      const lines = texts.slice(at, at + linesAtOnce);
      const head = lines.slice(0, Math.max(0, skipped - at));
      from += Buffer.byteLength(asLines(head));
      const piece = Buffer.from(asLines(lines));
      bytes += piece.length;
      await file.writeFile(piece);
    }
  });
  return { bytes, from };
}

function asLines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
