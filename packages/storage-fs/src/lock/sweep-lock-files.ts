import { lockFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { type Holder, holderState, parseHolder } from "./holder.ts";

/** A file that names no process may be one that is being written; it is, if anybody writes it, for less than this. */
const writingMs = 3_600_000;

/**
 * Remove what processes that were killed while they took the lock have left: files of their own, and links of successions
 * that are over. What a living process is about to link stays. The caller has the lock.
 */
export async function sweepLockFiles(
  folder: Folder,
  { holder, now }: { readonly holder: Holder; readonly now: number },
): Promise<void> {
  for (const name of await folder.names()) {
    if (!name.startsWith(`${lockFile}.`) || name.endsWith(".tmp")) continue;
    const isLeft = name.startsWith(`${lockFile}.after-`)
      ? name !== `${lockFile}.after-${holder.token}`
      : await isOfTheDead(folder, name, now);
    if (isLeft) await folder.remove(name);
  }
}

async function isOfTheDead(folder: Folder, name: string, now: number): Promise<boolean> {
  const bytes = await folder.read(name);
  if (bytes === undefined) return false;
  const holder = parseHolder(bytes.toString("utf8"));
  if (holder !== undefined) return (await holderState(holder)) === "dead";
  const stat = await folder.fs.stat(folder.file(name)).catch(() => null);
  return stat !== null && now - stat.mtimeMs > writingMs;
}
