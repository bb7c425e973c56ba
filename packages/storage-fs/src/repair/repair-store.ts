import type { Clock, Logger } from "@abstractruntime/core/store";
import { FileStore } from "../file-store.ts";
import { runFile } from "../folder/file-names.ts";
import { Folder } from "../folder/folder.ts";
import { unlockStore } from "../lock/unlock-store.ts";
import type { Recovered } from "../store-report.ts";
import type { StoreProblem } from "./store-problem.ts";
import { verifyStore } from "./verify-store.ts";

export interface RepairOptions {
  /** Remove the lock first, whoever holds it: only when nobody writes the folder. */
  readonly force?: boolean;
  readonly clock?: Pick<Clock, "now">;
  readonly logger?: Logger;
}

export interface RepairReport {
  /** What a crash had left of unfinished writes, and what became of it. */
  readonly recovered: readonly Recovered[];
  /** Run files that contradicted their ledgers: they were written anew, and are kept as `run_<id>.json.bad`. */
  readonly replaced: readonly string[];
  /** What is still wrong, and needs a backup or a person. Nothing was removed. */
  readonly problems: readonly StoreProblem[];
}

/**
 * Put a folder in order: cut torn tails, finish commits that touch several runs, and write all run files anew from their
 * ledgers, so that 0.2.0 can load a folder that was not closed.
 *
 * @throws store_locked a process writes the folder, or may: see `force`
 */
export async function repairStore(dir: string, options: RepairOptions = {}): Promise<RepairReport> {
  const { force = false, ...rest } = options;
  if (force) await unlockStore(dir, { force });
  const recovered = await openAndClose(dir, rest);
  const replaced = await setAside(dir, rest);
  if (replaced.length > 0) await openAndClose(dir, rest);
  const { problems } = await verifyStore(dir);
  return { recovered, replaced, problems };
}

/** What opening puts right, and closing writes anew. */
async function openAndClose(dir: string, options: RepairOptions): Promise<readonly Recovered[]> {
  await using store = await FileStore.open(dir, options);
  return store.report().recovered;
}

/** Take away run files that the ledger contradicts: the next opening folds them anew. */
async function setAside(dir: string, options: RepairOptions): Promise<readonly string[]> {
  await using store = await FileStore.open(dir, options);
  const { problems } = await verifyStore(store.dir);
  const folder = new Folder(dir);
  const replaced: string[] = [];
  for (const { kind, runId } of problems) {
    if (kind !== "run_file_differs" || runId === null) continue;
    const name = runFile(runId);
    await folder.fs.rename(folder.file(name), folder.file(`${name}.bad`));
    replaced.push(folder.file(name));
  }
  if (replaced.length > 0) await folder.sync();
  return replaced;
}
