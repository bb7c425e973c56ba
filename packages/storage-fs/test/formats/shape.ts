import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What users keep: its members are no part of the format. */
const opaque: ReadonlySet<string> = new Set([
  "changes",
  "choices",
  "details",
  "output",
  "payload",
  "refs",
  "tags",
  "value",
  "vars",
]);

/**
 * Which members the files of a folder have, in which kind of record, message or file: `ledger answered.wait_id`. Two
 * folders of one format, with runs of every kind, have the same.
 */
export async function shapeOf(dir: string): Promise<ReadonlySet<string>> {
  const shape = new Set<string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = await readFile(join(entry.parentPath, entry.name), "latin1");
    for (const value of valuesIn(entry.name, text))
      collect(placeOf(entry.name, value), value, shape);
  }
  return shape;
}

function valuesIn(name: string, text: string): readonly unknown[] {
  if (name.endsWith(".bin")) return [];
  if (name.endsWith(".json") || name.endsWith(".meta")) return [JSON.parse(text)];
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line): unknown => JSON.parse(line));
}

/** The kind of the file, and of the line. */
function placeOf(name: string, value: unknown): string {
  const file = /^(?:\.abstractruntime\.)?([a-z]+)/.exec(name)?.[1] ?? name;
  const { kind = "", message } = value as { kind?: string; message?: { kind?: string } };
  return `${file} ${kind}${message?.kind ?? ""}`.trim();
}

function collect(path: string, value: unknown, shape: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) collect(`${path}[]`, item, shape);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    // A record's result is the user's, but for the wait that a step led to.
    const isWait =
      key === "result" && typeof member === "object" && member !== null && "wait" in member;
    shape.add(`${path}.${key}`);
    if (isWait || (key !== "result" && !opaque.has(key))) collect(`${path}.${key}`, member, shape);
  }
}
