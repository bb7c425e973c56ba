// A process that opens a folder each time it is told to, by a line on standard input, and says what became of it. It
// keeps the folder open until it is killed.
import { createInterface } from "node:readline";
import { isAbstractRuntimeError } from "@abstractruntime/core";
import { FileStore } from "../../src/index.ts";

/** What one attempt came to. `holder` is the process that has the folder, as the error names it. */
export type Attempt =
  | { readonly opened: true }
  | { readonly opened: false; readonly holder: unknown; readonly message: string };

async function tryToOpen(dir: string): Promise<Attempt> {
  try {
    await FileStore.open(dir);
    return { opened: true };
  } catch (error) {
    if (!isAbstractRuntimeError(error, "store_locked")) throw error;
    return { opened: false, holder: error.details["pid"], message: error.message };
  }
}

for await (const dir of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await tryToOpen(dir))}\n`);
