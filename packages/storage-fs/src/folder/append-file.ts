import type { FileHandle } from "node:fs/promises";
import { AbstractRuntimeError, isAbstractRuntimeError } from "@abstractruntime/core/store";
import type { CrashPointName } from "./crash-points.ts";
import type { Folder } from "./folder.ts";
import type { Closable, OpenFiles } from "./open-files.ts";

/** The crash points around an append. */
export interface AppendPoints {
  readonly before: CrashPointName;
  readonly appended: CrashPointName;
  readonly synced: CrashPointName;
}

/**
 * A file that only grows, kept open. What `append` has returned from is on disk; what it threw at is not in the file.
 *
 * After a failed write or sync nobody knows what the disk holds, and the page cache may show what the disk does not
 * ("fsyncgate", https://lwn.net/Articles/752063/). The file is then cut back to what was synced before; until that has
 * worked, nothing is appended.
 */
export class AppendFile implements Closable {
  readonly name: string;
  readonly #folder: Folder;
  readonly #files: OpenFiles;
  readonly #points: AppendPoints;
  #handle: FileHandle | null = null;
  #size: number;
  #suspect: boolean;
  #busy = false;

  /**
   * @param given `size` is the length of what the file holds for good; with `cut`, what lies beyond it is removed
   *   before the first append.
   */
  constructor(
    given: { readonly name: string; readonly size: number; readonly cut?: boolean },
    context: { readonly folder: Folder; readonly files: OpenFiles; readonly points: AppendPoints },
  ) {
    this.name = given.name;
    this.#size = given.size;
    this.#suspect = given.cut ?? false;
    this.#folder = context.folder;
    this.#files = context.files;
    this.#points = context.points;
  }

  /** Length in bytes of what is on disk for good. */
  get size(): number {
    return this.#size;
  }

  /** Whether what a failed append left may still be there. */
  get suspect(): boolean {
    return this.#suspect;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Append bytes with one write and one sync. Calls must not overlap.
   *
   * @throws store_unavailable
   * @throws store_corrupt somebody else has written to the file
   */
  async append(bytes: Uint8Array): Promise<void> {
    this.#busy = true;
    try {
      await this.#append(this.#handle ?? (await this.#open()), bytes);
    } catch (error) {
      throw failedWrite(this.#folder.file(this.name), error);
    } finally {
      this.#busy = false;
    }
  }

  /** Let the file go; the next append opens it again. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    this.#files.forget(this);
    await handle?.close();
  }

  /** The file was replaced by another of this size. */
  async replaced(size: number): Promise<void> {
    await this.close();
    this.#size = size;
  }

  async #append(handle: FileHandle, bytes: Uint8Array): Promise<void> {
    this.#files.use(this);
    try {
      await this.#folder.reach(this.#points.before);
      await this.#write(handle, bytes);
      await this.#folder.reach(this.#points.appended);
      await handle.datasync();
      // The first bytes of a file are lost with its name.
      if (this.#size === 0) await this.#folder.sync();
      await this.#folder.reach(this.#points.synced);
    } catch (error) {
      await this.#takeBack();
      throw error;
    }
    this.#size += bytes.length;
  }

  /**
   * A small write goes to the page cache in microseconds, less than the way to a thread and back takes; only the sync
   * that follows waits for the disk.
   */
  async #write(handle: FileHandle, bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const rest = done === 0 ? bytes : bytes.subarray(done);
      done +=
        rest.length <= SMALL_WRITE
          ? this.#folder.fs.writeSync(handle, rest)
          : (await handle.write(rest)).bytesWritten;
    }
  }

  async #open(): Promise<FileHandle> {
    const path = this.#folder.file(this.name);
    const handle = await this.#folder.fs.open(path, "a");
    try {
      if (this.#suspect) await this.#cut(handle);
      const { size } = await handle.stat();
      if (size !== this.#size) throw changedByOthers(path, size, this.#size);
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
    this.#handle = handle;
    this.#files.use(this);
    await this.#files.trim();
    return handle;
  }

  /** Undo what a failed append may have left. */
  async #takeBack(): Promise<void> {
    this.#suspect = true;
    await this.close().catch(() => {});
    try {
      const handle = await this.#folder.fs.open(this.#folder.file(this.name), "r+");
      this.#handle = handle;
      await this.#cut(handle);
    } catch {
      // Still suspect: the next append tries again before it writes.
    }
    await this.close().catch(() => {});
  }

  async #cut(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    if (size > this.#size) await handle.truncate(this.#size);
    await handle.sync();
    this.#suspect = false;
  }
}

/** Bytes that are written without leaving the thread. */
const SMALL_WRITE = 64 * 1024;

/** What a caller gets for whatever keeps bytes from the disk, a crash point that throws included. */
export function failedWrite(path: string, cause: unknown): AbstractRuntimeError {
  if (isAbstractRuntimeError(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AbstractRuntimeError(
    "store_unavailable",
    `${path}: ${why}; send the same change again`,
    { cause, details: { file: path } },
  );
}

function changedByOthers(path: string, found: number, known: number): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_corrupt",
    `${path} has ${found} bytes, not ${known}: another program has changed it; stop that one and open the store again`,
    { details: { file: path, offset: Math.min(found, known) } },
  );
}
