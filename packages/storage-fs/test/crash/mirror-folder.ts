import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/**
 * Make a folder a copy of another; of one that is not there, an empty one. What differs is written over in place: making and removing hundreds of files a second
 * is slow on ext4, and so is emptying them first.
 */
export function mirrorFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const entries = existsSync(from) ? readdirSync(from, { withFileTypes: true }) : [];
  const names = new Set(entries.map(({ name }) => name));
  const known = new Set(readdirSync(to));
  for (const name of known) if (!names.has(name)) rmSync(join(to, name), { recursive: true });
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) mirrorFolder(source, target);
    else mirrorFile(source, target, known.has(entry.name));
  }
}

function mirrorFile(source: string, target: string, exists: boolean): void {
  const content = readFileSync(source);
  if (!exists) return writeFileSync(target, content);
  if (readFileSync(target).equals(content)) return;
  writeFileSync(target, content, { flag: "r+" });
  truncateSync(target, content.length);
}
