import type { ForkOrigin } from "@abstractruntime/core/store";
import { ledgerFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { writeLedgerFile } from "./write-ledger.ts";

/** A part of a ledger, from its beginning to a byte. */
export interface LedgerPart extends Pick<ForkOrigin, "runId"> {
  readonly end: number;
}

/** So much of what is copied is in memory at a time. */
const pieceBytes = 1024 * 1024;

/** Write a ledger that begins with a part of another, byte by byte, and goes on with a commit. */
export async function copyLedger(
  folder: Folder,
  runId: string,
  { runId: originId, end }: LedgerPart,
  group: Buffer,
): Promise<void> {
  const origin = ledgerFile(originId);
  await writeLedgerFile(folder, runId, async (file) => {
    for (let from = 0; from < end; from += pieceBytes)
      await file.writeFile(await folder.readRange(origin, from, Math.min(from + pieceBytes, end)));
    await file.writeFile(group);
  });
}
