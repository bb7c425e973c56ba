import { readdir } from "node:fs/promises";
import { UsageError } from "./options.ts";
import { printable } from "./printable.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "is no folder",
  EACCES: "may not be read by you",
  EPERM: "may not be read by you",
};

/** @throws UsageError the folder is none, or can't be read */
export async function assertFolder(path: string): Promise<void> {
  try {
    await readdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new UsageError(`${printable(path)} ${reasons[code] ?? `can't be read (${code})`}`, {
      cause: error,
    });
  }
}
