import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { memberPath } from "../json/json-path.ts";
import { LosslessNumber, type LosslessValue, parseLossless } from "../json/lossless-json.ts";

/**
 * JSON.parse for stored text.
 *
 * @param where names the file or row in the message
 * @throws store_corrupt
 */
export function parseJsonText(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The built-in message quotes the text, which may hold what nobody should read in a log.
    throw new AbstractRuntimeError("store_corrupt", `${where}: ${whyNotJson(text)}`, {
      details: { path: where },
    });
  }
}

function whyNotJson(text: string): string {
  try {
    parseLossless(text);
  } catch (error) {
    if (isAbstractRuntimeError(error)) return error.message;
  }
  return "the text is not JSON";
}

/**
 * Refuse numbers in 0.2.0's text that JavaScript would change: integers beyond 2^53 and floats beyond its range.
 *
 * @throws store_corrupt with the number's path
 */
export function refuseLossyNumbers(text: string, where: string): void {
  // Only these can be too large, and reading without loss is slower than JSON.parse.
  if (/\d{16}|\de\+?\d{3}/i.test(text)) refuseLossyValue(parseLossless(text), `${where}: `, "");
}

function refuseLossyValue(value: LosslessValue, where: string, path: string): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof LosslessNumber) return refuseLossyNumber(value, where + path);
  if (value instanceof Map) {
    for (const [key, member] of value as ReadonlyMap<string, LosslessValue>) {
      refuseLossyValue(member, where, path === "" ? key : memberPath(path, key));
    }
    return;
  }
  for (const [index, item] of (value as readonly LosslessValue[]).entries()) {
    refuseLossyValue(item, where, memberPath(path, index));
  }
}

function refuseLossyNumber(number: LosslessNumber, path: string): void {
  const value = Number(number.text);
  if (number.isInteger ? Number.isSafeInteger(value) : Number.isFinite(value)) return;
  throw new AbstractRuntimeError(
    "store_corrupt",
    `${path}: ${number.text.slice(0, 40)} is beyond what JavaScript numbers can hold; the file is left as it is`,
    { details: { path } },
  );
}
