import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { defineTool, ToolError, type Tool } from "@abstractruntime/abstractcore";
import { z } from "zod";

/** Told of each call before it is made. */
export type OnCall = (tool: string, path: string, attempt: number) => void | Promise<void>;

/** Tools to list, read and write the files of one folder. Nothing is written unless a person agrees. */
export function fileTools(folder: string, onCall: OnCall): readonly Tool[] {
  const path = z.string().describe("Path of the file in the folder");
  const listFiles = defineTool({
    name: "list_files",
    description: "The paths of all files, 200 at most",
    replay: "safe",
    execute: async (_args, { attempt }) => {
      await onCall("list_files", ".", attempt);
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = found.filter((entry) => entry.isFile());
      return files
        .map((file) => relative(folder, join(file.parentPath, file.name)))
        .toSorted()
        .slice(0, 200);
    },
  });
  const readText = defineTool({
    name: "read_file",
    description: "The text of a file",
    parameters: z.object({ path }),
    replay: "safe", // a crash in the middle means: once more
    execute: async (file, { attempt, signal }) => {
      const inside = within(folder, file.path);
      await onCall("read_file", file.path, attempt);
      return read(inside, signal);
    },
  });
  const writeText = defineTool({
    name: "write_file",
    description: "Writes a text to a file, in place of what it holds",
    parameters: z.object({ path, text: z.string() }),
    replay: "idempotent", // once more writes the same
    approval: true,
    execute: async (file, { attempt, signal }) => {
      const inside = within(folder, file.path);
      await onCall("write_file", file.path, attempt);
      await writeFile(inside, file.text, { signal });
      return { written: Buffer.byteLength(file.text) };
    },
  });
  return [listFiles, readText, writeText];
}

/** A file that is not there is no reason to try again, but an answer for the model. */
async function read(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new ToolError("the file can't be read: see list_files", { cause: error });
  }
}

/** Models are not to be trusted with paths. */
function within(folder: string, path: string): string {
  const found = resolve(folder, path);
  if (found.startsWith(resolve(folder) + sep)) return found;
  throw new ToolError("the path leads out of the folder");
}
