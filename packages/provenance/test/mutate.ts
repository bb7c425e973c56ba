import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import {
  canonicalJson,
  parseLossless,
  type LosslessObject,
  type LosslessValue,
} from "@abstractruntime/core/store";
import { pythonLine } from "../src/verify/render-lossless.ts";

/** A change of a ledger file. Places are shares of the file, or of its records. */
export type Mutation =
  | { readonly kind: "replace" | "insert"; readonly at: number; readonly byte: number }
  | {
      readonly kind: "remove" | "delete" | "duplicate" | "splice" | "rehash" | "cut";
      readonly at: number;
    }
  | { readonly kind: "swap"; readonly at: number; readonly with: number };

export interface Mutated {
  readonly file: Uint8Array;
  /** The first record at which something is to be noticed. */
  readonly index: number;
}

/** Do it to a file of these lines. */
export function mutate(texts: readonly string[], mutation: Mutation): Mutated {
  const index = Math.floor(mutation.at * texts.length);
  const line = texts[index] ?? "";
  switch (mutation.kind) {
    case "replace":
    case "insert":
      return changeByte(texts, mutation, [mutation.byte]);
    case "remove":
      return changeByte(texts, mutation, []);
    case "delete":
      return { file: fileOf(texts.toSpliced(index, 1)), index };
    case "duplicate":
      return { file: fileOf(texts.toSpliced(index + 1, 0, line)), index: index + 1 };
    case "splice":
      return splice(texts, index);
    case "rehash":
      return { file: fileOf(rehashed(texts, index)), index: texts.length - 1 };
    case "cut":
      return { file: fileOf(texts.slice(0, index)), index };
    case "swap":
      return swap(texts, index, Math.floor(mutation.with * texts.length));
    default:
      return mutation satisfies never;
  }
}

/** Whether a file says the same, line by line, but for white space between the parts of a line. */
export function differsInSpaceOnly(texts: readonly string[], file: Uint8Array): boolean {
  const lines = Buffer.from(file)
    .toString("utf8")
    .split("\n")
    .filter((text) => text.trim() !== "");
  return (
    isUtf8(file) &&
    lines.length === texts.length &&
    lines.every((line, index) => isJson(line) && bare(line) === bare(texts[index] ?? ""))
  );
}

function fileOf(texts: readonly string[]): Uint8Array {
  return Buffer.from(texts.map((text) => `${text}\n`).join(""));
}

function changeByte(
  texts: readonly string[],
  { kind, at }: Mutation,
  bytes: readonly number[],
): Mutated {
  const file = fileOf(texts);
  const place = Math.floor(at * file.length);
  const before = file.subarray(0, place);
  const after = file.subarray(kind === "insert" ? place : place + 1);
  const index = before.reduce((lines, one) => lines + (one === 0x0a ? 1 : 0), 0);
  return { file: Buffer.concat([before, Buffer.from(bytes), after]), index };
}

function swap(texts: readonly string[], one: number, other: number): Mutated {
  const lines = [...texts];
  [lines[one], lines[other]] = [texts[other] ?? "", texts[one] ?? ""];
  return { file: fileOf(lines), index: Math.min(one, other) };
}

/**
 * Another record with a hash of its own. At the beginning it is the one after it that does not follow; in a ledger of one
 * record, the head.
 */
function splice(texts: readonly string[], index: number): Mutated {
  const another = relinked(altered(texts[index] ?? ""), null);
  return {
    file: fileOf(texts.toSpliced(index, 0, another)),
    index: Math.min(Math.max(index, 1), texts.length - 1),
  };
}

function altered(line: string): string {
  return line.replace(/"started_at":( ?)"20/, '"started_at":$1"19');
}

/** The record at `index` says something else, and everything from there on is hashed anew. */
function rehashed(texts: readonly string[], index: number): readonly string[] {
  const changed = texts.map((line, at) => (at === index ? altered(line) : line));
  return [...texts.slice(0, index), ...rehash(changed.slice(index), hashOf(texts[index - 1]))];
}

/** Lines with hashes that fit, whatever they say. */
export function rehash(lines: readonly string[], before: LosslessValue = null): readonly string[] {
  let prevHash = before;
  return lines.map((line) => {
    const linked = relinked(line, prevHash);
    prevHash = hashOf(linked);
    return linked;
  });
}

/** The same record behind another one, with a hash that is right. */
function relinked(line: string, prevHash: LosslessValue): string {
  const record = new Map(parseLossless(line) as LosslessObject).set("prev_hash", prevHash);
  const content = new Map(record);
  content.delete("record_hash");
  content.delete("signature");
  record.set("record_hash", createHash("sha256").update(canonicalJson(content)).digest("hex"));
  return record.has("seq") ? canonicalJson(record) : pythonLine(record);
}

function hashOf(line: string | undefined): LosslessValue {
  if (line === undefined) return null;
  return (parseLossless(line) as LosslessObject).get("record_hash") ?? null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function bare(json: string): string {
  let text = "";
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const mark = json[at] ?? "";
    if (mark === '"') inString = !inString;
    if (inString && mark === "\\") text += json.slice(at, ++at + 1);
    else if (inString || !" \t\r\n".includes(mark)) text += mark;
  }
  return text;
}
