import * as fs from "node:fs/promises";

/**
 * The functions of `node:fs/promises` that this package writes and reads files with. Node's own by default; a test hands
 * in ones that fail where a disk may.
 */
export type FileSystem = Pick<
  typeof fs,
  "link" | "mkdir" | "open" | "readFile" | "readdir" | "rename" | "stat" | "unlink"
>;

export const nodeFileSystem: FileSystem = fs;

/** Whether an error of the file system has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
