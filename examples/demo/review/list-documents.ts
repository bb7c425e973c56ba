import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { defineEffect } from "@abstractruntime/core";
import { z } from "zod";
import type { ReviewContext } from "./midway.ts";

const skippedFolders = new Set([".git", "node_modules"]);

export const Listing = z.object({
  /** Relative paths, sorted. */
  paths: z.array(z.string()),
  /** Whether the folder holds more than that. */
  more: z.boolean(),
  /** Folders below that could not be opened. */
  closed: z.array(z.string()),
});
export type Listing = z.infer<typeof Listing>;

/** Lists the files of a folder and of those below it. Links and devices are no documents. */
export const listDocuments = defineEffect({
  type: "list_documents",
  replay: "safe",
  payload: z.object({ folder: z.string(), leaveOut: z.string(), limit: z.number() }),
  result: Listing,
  perform: async ({ folder, leaveOut, limit }, { attempt, context }) => {
    const listing: Listing = { paths: [], more: false, closed: [] };
    for await (const found of walk(folder, folder)) {
      if (found.closed) listing.closed.push(found.path);
      else if (join(folder, found.path).startsWith(leaveOut + sep)) continue;
      else if (listing.paths.length < limit) listing.paths.push(found.path);
      else {
        listing.more = true;
        break;
      }
    }
    const { midway }: ReviewContext = context;
    const of = listing.paths.length;
    await midway({ effect: "list_documents", subject: folder, attempt, number: null, of });
    return listing;
  },
});

async function* walk(
  root: string,
  folder: string,
): AsyncGenerator<{ readonly path: string; readonly closed: boolean }> {
  const path = (name: string): string =>
    relative(root, join(folder, name)).split(sep).join("/").toWellFormed();
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (folder === root) throw error;
    yield { path: path(""), closed: true };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.isFile()) yield { path: path(entry.name), closed: false };
    else if (entry.isDirectory() && !skippedFolders.has(entry.name))
      yield* walk(root, join(folder, entry.name));
  }
}
