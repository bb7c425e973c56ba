// Writes the folders of a format that is not released yet. Usage: node packages/storage-fs/test/formats/write-format.ts <version>
// The version is that of the release that will be the first to write it. Folders of released versions are never written again.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folders, observe } from "./format.ts";

const manifest = join(import.meta.dirname, "../../package.json");

function isLater(version: string, than: string): boolean {
  const [a = [], b = []] = [version, than].map((text) => text.split(".").map(Number));
  const index = a.findIndex((part, at) => part !== b[at]);
  return index >= 0 && (a[index] ?? 0) > (b[index] ?? 0);
}

async function writeFormat(version: string): Promise<void> {
  const { version: released } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  if (!/^\d+\.\d+\.\d+$/.test(version) || !isLater(version, released))
    throw new Error(
      `give a version later than ${released}, which is released: what it wrote is kept as it is`,
    );
  const home = join(import.meta.dirname, version);
  await rm(home, { recursive: true, force: true });
  const expected: Record<string, object> = {};
  for (const [name, make] of Object.entries(folders)) {
    await make(join(home, name));
    const copy = await mkdtemp(join(tmpdir(), "abstractruntime-format-"));
    await cp(join(home, name), copy, { recursive: true });
    expected[name] = await observe(copy);
    await rm(copy, { recursive: true, force: true });
  }
  await writeFile(join(home, "expected.json"), `${JSON.stringify(expected, null, 2)}\n`);
}

await writeFormat(process.argv[2] ?? "");
