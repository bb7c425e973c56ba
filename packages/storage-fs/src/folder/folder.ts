import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { noCrash, type CrashPoint, type CrashPointName } from "./crash-points.ts";
import { temporaryFile } from "./file-names.ts";
import { type FileSystem, hasCode, nodeFileSystem } from "./file-system.ts";

export interface FolderOptions {
  readonly fs?: FileSystem | undefined;
  readonly crashPoint?: CrashPoint | undefined;
}

/** The crash points of a replacement. */
interface ReplacePoints {
  readonly written?: CrashPointName;
  readonly renamed?: CrashPointName;
}

/** A folder whose files are replaced whole or not at all, and whose names outlive a power cut. */
export class Folder {
  readonly path: string;
  readonly fs: FileSystem;
  readonly reach: CrashPoint;
  #syncing: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | null = null;

  constructor(path: string, { fs = nodeFileSystem, crashPoint = noCrash }: FolderOptions = {}) {
    this.path = path;
    this.fs = fs;
    this.reach = crashPoint;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** A folder inside of this one, on the same file system and with the same crash points. */
  inner(name: string): Folder {
    return new Folder(this.file(name), { fs: this.fs, crashPoint: this.reach });
  }

  async make(): Promise<void> {
    await this.fs.mkdir(this.path, { recursive: true });
  }

  async names(): Promise<readonly string[]> {
    try {
      return await this.fs.readdir(this.path);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    }
  }

  /** A file's bytes, or `undefined` when there is no such file. */
  async read(name: string): Promise<Buffer | undefined> {
    try {
      return await this.fs.readFile(this.file(name));
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** A file's bytes from `start` to `end`; fewer when it is shorter. */
  async readRange(name: string, start: number, end: number): Promise<Buffer> {
    if (end <= start) return Buffer.alloc(0);
    const handle = await this.fs.open(this.file(name), "r");
    try {
      const bytes = Buffer.allocUnsafe(end - start);
      return bytes.subarray(0, await readFully(handle, bytes, start));
    } finally {
      await handle.close();
    }
  }

  /** A file's size in bytes, or `undefined` when there is no such file. */
  async size(name: string): Promise<number | undefined> {
    try {
      return (await this.fs.stat(this.file(name))).size;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /**
   * Replace a file, or make it: a crash leaves the old content or the new one.
   *
   * @param points reached when the new content is on disk under its temporary name, and when it has its own.
   */
  replace(name: string, content: string, points?: ReplacePoints): Promise<void> {
    return this.replaceBy(name, (file) => file.writeFile(content), points);
  }

  /** The same with content that is not in memory as a whole: `write` writes it, piece by piece. */
  async replaceBy(
    name: string,
    write: (file: Pick<FileHandle, "writeFile">) => Promise<void>,
    points: ReplacePoints = {},
  ): Promise<void> {
    const temporary = this.file(temporaryFile(name));
    const handle = await this.fs.open(temporary, "w");
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (points.written !== undefined) await this.reach(points.written);
    await this.fs.rename(temporary, this.file(name));
    await this.sync();
    if (points.renamed !== undefined) await this.reach(points.renamed);
  }

  /** @returns whether there was such a file. The removal outlives a power cut after the next `sync`. */
  async remove(name: string): Promise<boolean> {
    try {
      await this.fs.unlink(this.file(name));
      return true;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return false;
      throw error;
    }
  }

  /** Make all names of this folder durable. Calls that come while one is under way share the next. */
  sync(): Promise<void> {
    // One that is under way may have begun before the caller's change.
    this.#nextSync ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#nextSync = null;
        this.#syncing = this.#syncNow();
        return this.#syncing;
      });
    return this.#nextSync;
  }

  async #syncNow(): Promise<void> {
    const handle = await this.fs.open(this.path, "r").catch((error: unknown) => {
      // Windows opens no folders; there, names are as durable as the file system makes them.
      if (hasCode(error, "EISDIR") || hasCode(error, "EPERM")) return null;
      throw error;
    });
    if (handle === null) return;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

async function readFully(handle: FileHandle, bytes: Buffer, start: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
