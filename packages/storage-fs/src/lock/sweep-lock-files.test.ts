import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshFolder } from "../../test/fresh-folder.ts";
import { FileStore } from "../file-store.ts";
import { lockFile } from "../folder/file-names.ts";
import { thisProcess } from "./holder.ts";

/** A folder with these files beside its lock, by the part of the name that follows the lock's. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await freshFolder();
  for (const [suffix, text] of Object.entries(files))
    await writeFile(join(dir, `${lockFile}.${suffix}`), text);
  return dir;
}

async function left(dir: string): Promise<readonly string[]> {
  await using store = await FileStore.open(dir);
  const names = await readdir(store.dir);
  return names.flatMap((name) =>
    name.startsWith(`${lockFile}.`) ? [name.slice(lockFile.length + 1)] : [],
  );
}

describe("what was left by processes that were killed while they took the lock", () => {
  it("is removed by the next one that takes it", async () => {
    const living = await thisProcess("2026-01-01T00:00:00.000Z");
    // No process has this number: Linux, macOS and Windows all end well below it.
    const dead = JSON.stringify({ ...living, pid: 2 ** 30, token: "dead" });
    expect(await left(await folderWith({ dead, "after-gone": dead }))).toEqual([]);
  });

  it("is left alone while its process lives, or may be writing it", async () => {
    const living = JSON.stringify(await thisProcess("2026-01-01T00:00:00.000Z"));
    const dir = await folderWith({ living, unfinished: "" });
    expect(await left(dir)).toEqual(["living", "unfinished"]);
  });

  it("is removed when it names nobody and is old", async () => {
    const dir = await folderWith({ unfinished: "" });
    await utimes(join(dir, `${lockFile}.unfinished`), 0, 0);
    expect(await left(dir)).toEqual([]);
  });
});
