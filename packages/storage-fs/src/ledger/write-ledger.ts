import { failedWrite } from "../folder/append-file.ts";
import { ledgerFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";

/** Writes a file's content, piece by piece. */
export type WriteContent = Parameters<Folder["replaceBy"]>[1];

/** Write a ledger that takes its name when all of it is on disk: a crash leaves no ledger or the whole of it. */
export async function writeLedgerFile(
  folder: Folder,
  runId: string,
  write: WriteContent,
): Promise<void> {
  const name = ledgerFile(runId);
  try {
    await folder.reach("commit:before-append");
    await folder.replaceBy(name, write, { written: "commit:appended", renamed: "commit:synced" });
  } catch (error) {
    throw failedWrite(folder.file(name), error);
  }
}
