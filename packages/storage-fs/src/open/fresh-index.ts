import { assertId, isAbstractRuntimeError } from "@abstractruntime/core/store";
import { inboxFile, ledgerFile, runFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { hasCode } from "../folder/file-system.ts";
import { entryOf, hasEnded } from "../index/run-entry.ts";
import type { Rooms } from "../rooms.ts";
import { readRun } from "../run/read-run.ts";
import { runIdsIn, wakeAtOf } from "./scan-runs.ts";
import { inParallel } from "./in-parallel.ts";

/** How often a run is read anew when it changes while it is read. */
const maxAttempts = 3;

/** The index of a folder that another process writes: brought up to date before each look, by what changed on disk. */
export class FreshIndex {
  readonly #rooms: Rooms;
  readonly #seen = new Map<string, string>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** Look at all runs. */
  async refreshAll(): Promise<void> {
    const runIds = runIdsIn(await this.#rooms.folder.names());
    for (const runId of this.#seen.keys()) if (!runIds.has(runId)) await this.#forget(runId);
    await inParallel(runIds, (runId) => this.refresh(runId));
  }

  /** Look at one run. */
  async refresh(runId: string): Promise<void> {
    if (!isId(runId)) return;
    const signature = await signatureOf(this.#rooms.folder, runId);
    if (this.#seen.get(runId) === signature) return;
    await this.#forget(runId);
    await this.#read(runId);
    this.#seen.set(runId, signature);
  }

  async #forget(runId: string): Promise<void> {
    this.#seen.delete(runId);
    this.#rooms.index.remove(runId);
    await this.#rooms.live.drop(runId);
  }

  async #read(runId: string, attempt = 1): Promise<void> {
    const { folder, index, clock } = this.#rooms;
    try {
      const found = await readRun(folder, runId, { brief: true });
      if (found === undefined || found === "unborn") return;
      const entry = entryOf(found);
      index.add(entry);
      if (!hasEnded(entry)) index.free(entry, wakeAtOf(found, clock.now()));
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
      if (attempt < maxAttempts) return this.#read(runId, attempt + 1);
      index.addDamaged(runId, error);
    }
  }
}

/** What is no id could lead out of the folder. */
function isId(runId: string): boolean {
  try {
    assertId(runId, "run id");
    return true;
  } catch {
    return false;
  }
}

async function signatureOf(folder: Folder, runId: string): Promise<string> {
  const names = [runFile(runId), ledgerFile(runId), inboxFile(runId)];
  const signs = await Promise.all(names.map((name) => signOf(folder, name)));
  return signs.join(" ");
}

async function signOf(folder: Folder, name: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await folder.fs.stat(folder.file(name));
    return `${ino}/${size}/${mtimeMs}`;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "-";
    throw error;
  }
}
