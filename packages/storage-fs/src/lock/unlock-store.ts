import { AbstractRuntimeError } from "@abstractruntime/core/store";
import { lockFile } from "../folder/file-names.ts";
import { Folder } from "../folder/folder.ts";
import { holderState, parseHolder } from "./holder.ts";

/**
 * Remove a folder's lock, for people who know that no process writes the folder: the lock of another machine that is
 * gone, or one that can't be read.
 *
 * @param options `force` is needed where the holder is not known to be dead.
 * @returns whether there was a lock.
 * @throws store_locked its holder lives, or may live, and `force` is not given
 */
export async function unlockStore(
  dir: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<boolean> {
  const folder = new Folder(dir);
  const bytes = await folder.read(lockFile);
  if (bytes === undefined) return false;
  const holder = parseHolder(bytes.toString("utf8"));
  const state = holder === undefined ? "elsewhere" : await holderState(holder);
  if (state !== "dead" && !force) {
    const who = holder === undefined ? "somebody" : `process ${holder.pid} on ${holder.host}`;
    throw new AbstractRuntimeError(
      "store_locked",
      `${folder.file(lockFile)} is held by ${who}: when nobody writes this folder, give { force: true }`,
      { details: { file: folder.file(lockFile) } },
    );
  }
  const removed = await folder.remove(lockFile);
  await folder.sync();
  return removed;
}
