import { AbstractRuntimeError, formatInstant, type Clock } from "@abstractruntime/core/store";
import { lockFile } from "../folder/file-names.ts";
import { hasCode } from "../folder/file-system.ts";
import type { Folder } from "../folder/folder.ts";
import { type Holder, holderState, parseHolder, thisProcess } from "./holder.ts";
import { sweepLockFiles } from "./sweep-lock-files.ts";

/** How often the lock may change under our eyes before we give up. */
const maxAttempts = 20;

/**
 * The right to write a folder, held by one process until it releases it or dies.
 *
 * The lock is a file, `.abstractruntime.lock`, that appears with its content in one instruction (a hard link to a
 * finished file). A dead holder's lock is taken over by linking `.abstractruntime.lock.after-<its token>`: only one
 * process can. A winner that dies before it has replaced the lock is succeeded in the same way. Each checks, after it
 * won, that the lock it succeeds is still the lock; so files of finished successions can be removed.
 */
export class FolderLock {
  readonly #folder: Folder;
  readonly holder: Holder;

  private constructor(folder: Folder, holder: Holder) {
    this.#folder = folder;
    this.holder = holder;
  }

  /**
   * @param options `force` takes the lock from whoever holds it: only for people who know that nobody does.
   * @throws store_locked
   */
  static async take(
    folder: Folder,
    { clock, force = false }: { readonly clock: Pick<Clock, "now">; readonly force?: boolean },
  ): Promise<FolderLock> {
    const holder = await thisProcess(formatInstant(clock.now()));
    const own = `${lockFile}.${holder.token}`;
    await writeDurably(folder, own, JSON.stringify(holder, null, 2));
    try {
      await win(folder, own, holder, force);
    } finally {
      await folder.remove(own);
    }
    await sweepLockFiles(folder, { holder, now: clock.now() });
    await folder.sync();
    return new FolderLock(folder, holder);
  }

  /** Let the folder go. What is not ours any more is left alone. */
  async release(): Promise<void> {
    const current = await readHolder(this.#folder, lockFile);
    if (current?.token === this.holder.token) await this.#folder.remove(lockFile);
  }
}

async function win(folder: Folder, own: string, holder: Holder, force: boolean): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (await tryLink(folder, own, lockFile)) return;
    const root = await readHolder(folder, lockFile);
    if (root === undefined) continue;
    const chain = await successors(folder, root);
    const last = chain.at(-1) ?? root;
    if (!force) await assertDead(folder, last);
    if (!(await tryLink(folder, own, successorFile(last)))) continue;
    const still = await readHolder(folder, lockFile);
    if (still?.token === root.token) {
      await replaceLock(folder, holder, [root, ...chain]);
      return;
    }
    await folder.remove(successorFile(last));
  }
  throw new AbstractRuntimeError(
    "store_locked",
    `${folder.path}: others take this folder all the time; try again`,
  );
}

/** Put our own name on the lock, then remove the steps by which we came to it. */
async function replaceLock(
  folder: Folder,
  holder: Holder,
  before: readonly Holder[],
): Promise<void> {
  await folder.replace(lockFile, JSON.stringify(holder, null, 2));
  for (const predecessor of before) await folder.remove(successorFile(predecessor));
}

/** Holders that took over after this one and had no time to replace the lock, in order. */
async function successors(folder: Folder, root: Holder): Promise<readonly Holder[]> {
  const chain: Holder[] = [];
  for (let last = root; ;) {
    const next = await readHolder(folder, successorFile(last));
    if (next === undefined) return chain;
    chain.push(next);
    last = next;
  }
}

const successorFile = ({ token }: Holder): string => `${lockFile}.after-${token}`;

async function tryLink(folder: Folder, from: string, to: string): Promise<boolean> {
  try {
    await folder.fs.link(folder.file(from), folder.file(to));
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** @throws store_locked also when the file is there and says nothing: it is not ours to judge. */
async function readHolder(folder: Folder, name: string): Promise<Holder | undefined> {
  const bytes = await folder.read(name);
  if (bytes === undefined) return undefined;
  const holder = parseHolder(bytes.toString("utf8"));
  if (holder !== undefined) return holder;
  throw new AbstractRuntimeError(
    "store_locked",
    `${folder.file(name)} names no process: when nobody uses this folder, remove it with unlockStore`,
    { details: { file: folder.file(name) } },
  );
}

async function assertDead(folder: Folder, holder: Holder): Promise<void> {
  const state = await holderState(holder);
  if (state === "dead") return;
  const who = `process ${holder.pid} on ${holder.host}, since ${holder.locked_at}`;
  const remedy =
    state === "alive"
      ? "stop it, or open with { readOnly: true }"
      : "whether it lives can't be seen from here: when it does not, remove the lock with unlockStore";
  throw new AbstractRuntimeError("store_locked", `${folder.path} is written by ${who}: ${remedy}`, {
    details: {
      file: folder.file(lockFile),
      host: holder.host,
      pid: holder.pid,
      lockedAt: holder.locked_at,
    },
  });
}

async function writeDurably(folder: Folder, name: string, text: string): Promise<void> {
  const handle = await folder.fs.open(folder.file(name), "wx");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
