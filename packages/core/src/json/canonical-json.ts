import type { JsonObject, JsonValue } from "./json-value.ts";
import { LosslessNumber, type LosslessObject, type LosslessValue } from "./lossless-json.ts";
import { pythonNumber } from "./python-number.ts";

/**
 * A value as the one text that is hashed, the same here and in Python's `json.dumps(sort_keys=True)`: keys sorted by
 * code point, separators `,` and `:`, numbers by `pythonNumber`, non-ASCII kept.
 *
 * @param value JSON (`copyJson` checks it), or what `parseLossless` read, whose numbers keep their text.
 * @param options `ascii` escapes everything outside space to `~` as `\uXXXX`.
 */
export function canonicalJson(
  value: JsonValue | LosslessValue,
  options?: { readonly ascii?: boolean },
): string {
  return render(value, options?.ascii === true ? asciiString : canonicalString);
}

const plain = /^[ !#-[\]-~]*$/;

/** JSON.stringify escapes exactly what Python does, in the same way; most strings need none, and are quoted faster. */
function canonicalString(text: string): string {
  const isPlain = text.length <= SHORT ? isPlainShort(text) : plain.test(text);
  return isPlain ? `"${text}"` : JSON.stringify(text);
}

/** Up to this length, looking at each unit is faster than a regular expression. */
const SHORT = 64;

function isPlainShort(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false;
  }
  return true;
}

/** Order of two strings by code point, which is that of Python's strings and of UTF-8 bytes. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** Units of surrogate pairs stand for code points above all others, though their numbers lie below U+E000. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}

type RenderString = (text: string) => string;

function render(value: JsonValue | LosslessValue, string: RenderString): string {
  if (typeof value === "string") return string(value);
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "object" && value !== null) return renderContainer(value, string);
  return String(value);
}

function renderContainer(value: object, string: RenderString): string {
  if (isList(value)) return renderList(value, string);
  // Nearly all are plain objects, and this is the cheapest question.
  if (Object.getPrototypeOf(value) === Object.prototype)
    return renderObject(value as JsonObject, string);
  if (value instanceof LosslessNumber) return value.toPython();
  return isMap(value) ? renderMap(value, string) : renderObject(value as JsonObject, string);
}

function renderList(list: readonly (JsonValue | LosslessValue)[], string: RenderString): string {
  let text = "";
  for (const item of list) text += (text === "" ? "" : ",") + render(item, string);
  return `[${text}]`;
}

function renderObject(object: JsonObject, string: RenderString): string {
  let text = "";
  for (const key of sortKeys(Object.keys(object))) {
    const member = object[key];
    if (member !== undefined)
      text += `${text === "" ? "" : ","}${string(key)}:${render(member, string)}`;
  }
  return `{${text}}`;
}

function renderMap(map: LosslessObject, string: RenderString): string {
  const members = [...map].toSorted(([left], [right]) => compareCodePoints(left, right));
  return `{${members.map(([key, member]) => `${string(key)}:${render(member, string)}`).join(",")}}`;
}

function isList(value: object): value is readonly (JsonValue | LosslessValue)[] {
  return Array.isArray(value);
}

function isMap(value: object): value is LosslessObject {
  return value instanceof Map;
}

/** The built-in order, by UTF-16 unit, differs only where surrogates meet units above them. */
function sortKeys(keys: readonly string[]): readonly string[] {
  if (isSorted(keys)) return keys;
  return keys.some(hasLateUnits) ? keys.toSorted(compareCodePoints) : keys.toSorted();
}

/** Most objects are small and many come from canonical text; comparing is cheaper than sorting anew. */
function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) {
    const [left = "", right = ""] = [keys[index - 1], keys[index]];
    if (left > right || hasLateUnits(right)) return false;
  }
  return true;
}

/** Whether there are surrogates in it, or units above them. */
function hasLateUnits(key: string): boolean {
  for (let index = 0; index < key.length; index++) if (key.charCodeAt(index) >= 0xd800) return true;
  return false;
}

function asciiString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
