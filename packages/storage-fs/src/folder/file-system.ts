import { writeSync } from "node:fs";
import * as fs from "node:fs/promises";

/**
 * The functions of `node:fs/promises` that this package writes and reads files with. Node's own by default; a test hands
 * in ones that fail where a disk may.
 */
export interface FileSystem extends Pick<
  typeof fs,
  "link" | "mkdir" | "open" | "readFile" | "readdir" | "rename" | "stat" | "unlink"
> {
  /** Write bytes where the file stands, at once. @returns how many were written */
  writeSync(handle: fs.FileHandle, bytes: Uint8Array): number;
}

export const nodeFileSystem: FileSystem = {
  ...fs,
  writeSync: (handle, bytes) => writeSync(handle.fd, bytes),
};

/** Whether an error of the file system has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
