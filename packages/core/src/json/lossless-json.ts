import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { pythonFloat } from "./python-number.ts";

/** A number as it stood in the text: `1.0`, `-0.0`, `12345678901234567890`. */
export class LosslessNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Whether Python reads it as an int, of any size. */
  get isInteger(): boolean {
    return /^-?\d+$/.test(this.text);
  }

  /** As Python writes it after reading it: an int's digits, or `repr(float)`. */
  toPython(): string {
    if (!this.isInteger) return pythonFloat(Number(this.text));
    return this.text === "-0" ? "0" : this.text;
  }
}

/** JSON read without loss. Objects are maps in the order of the text, so that `"10"`, `"9"` and `__proto__` are keys like others. */
export type LosslessValue =
  | null
  | boolean
  | string
  | LosslessNumber
  | readonly LosslessValue[]
  | LosslessObject;

export type LosslessObject = ReadonlyMap<string, LosslessValue>;

/** Deeper text than any that this runtime or 0.2.0 could have written; a limit, so that it can't exhaust the stack. */
const maxDepth = 2000;

/**
 * Read JSON text and keep what JSON.parse loses: the text of numbers and the order of keys. Of equal keys the last wins.
 *
 * @throws invalid_json_value the text is not JSON (RFC 8259); the message has the offset
 */
export function parseLossless(text: string): LosslessValue {
  const reader: Reader = { text, at: 0, depth: 0 };
  const value = readValue(reader);
  skipSpace(reader);
  return reader.at === text.length ? value : refuse(reader, "the end of the text");
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

const space = /[ \t\n\r]*/y;
// Everything up to the closing quote; JSON.parse then checks the escapes and refuses raw control characters.
const string = /"(?:[^"\\]|\\.)*"/suy;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;

function readValue(reader: Reader): LosslessValue {
  skipSpace(reader);
  const mark = reader.text[reader.at];
  if (mark === "{") return readNested(reader, readObject);
  if (mark === "[") return readNested(reader, readArray);
  if (mark === '"') return readString(reader);
  if (mark === "t" || mark === "f" || mark === "n") return readWord(reader);
  return new LosslessNumber(take(reader, number) ?? refuse(reader, "a value"));
}

function readWord(reader: Reader): boolean | null {
  const found = take(reader, word) ?? refuse(reader, "a value");
  return found === "null" ? null : found === "true";
}

function readNested<Value>(reader: Reader, read: (reader: Reader) => Value): Value {
  reader.depth++;
  if (reader.depth > maxDepth) refuse(reader, `at most ${maxDepth} levels`);
  reader.at++;
  const value = read(reader);
  reader.depth--;
  return value;
}

function readObject(reader: Reader): LosslessObject {
  const members = new Map<string, LosslessValue>();
  if (takeMark(reader, "}")) return members;
  do {
    skipSpace(reader);
    const key = readString(reader);
    if (!takeMark(reader, ":")) refuse(reader, "a colon");
    members.set(key, readValue(reader));
  } while (takeMark(reader, ","));
  return takeMark(reader, "}") ? members : refuse(reader, "a comma or }");
}

function readArray(reader: Reader): readonly LosslessValue[] {
  const items: LosslessValue[] = [];
  if (takeMark(reader, "]")) return items;
  do items.push(readValue(reader));
  while (takeMark(reader, ","));
  return takeMark(reader, "]") ? items : refuse(reader, "a comma or ]");
}

function readString(reader: Reader): string {
  const start = reader.at;
  const source = take(reader, string) ?? refuse(reader, "a string");
  try {
    return JSON.parse(source) as string;
  } catch (error) {
    reader.at = start;
    return refuse(reader, "a valid string", error);
  }
}

function skipSpace(reader: Reader): void {
  take(reader, space);
}

function takeMark(reader: Reader, mark: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  return true;
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.at += found.length;
  return found;
}

function refuse(reader: Reader, expected: string, cause?: unknown): never {
  throw new AbstractRuntimeError(
    "invalid_json_value",
    `offset ${reader.at}: the text is not JSON, expected ${expected}`,
    {
      cause,
      details: { offset: reader.at },
    },
  );
}
