import { readdir } from "node:fs/promises";
import { UsageError } from "./options.ts";
import { printable } from "./printable.ts";
import { systemReason } from "./system-reason.ts";

/** @throws UsageError the folder is none, or can't be read */
export async function assertFolder(path: string): Promise<void> {
  try {
    await readdir(path);
  } catch (error) {
    throw new UsageError(`${printable(path)}: ${systemReason(error)}`, { cause: error });
  }
}
