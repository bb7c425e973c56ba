import { readable } from "../draft/draft.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { memberPath } from "./json-path.ts";
import type { JsonValue } from "./json-value.ts";

const maxDepth = 512;
const defaultMaxBytes = 16 * 1024 * 1024;

/** What one call of `copyJson` knows: where it is (for the error's path) and how much it has copied. */
interface Walk {
  readonly where: string;
  readonly maxBytes: number;
  /** Keys and indexes from the root to the value at hand; only the first `depth` entries count. */
  readonly keys: (string | number)[];
  readonly ancestors: object[];
  size: number;
}

/**
 * Check that a value is JSON and copy it deeply, in one pass. Object properties that are `undefined` are left out, as
 * `JSON.stringify` does; each property is read once; drafts are copied out of their draft.
 *
 * @param where names the value in error messages: `vars` gives `vars.results[3].when: Date is not JSON`.
 * @param limits `maxBytes`: size of the value as JSON, estimated in UTF-16 units; 16 MiB by default.
 * @throws invalid_json_value at `undefined` or holes in arrays, NaN, infinities, bigints, functions, symbols, instances
 *   of classes, symbol keys, lone surrogates, cycles, and more than 512 levels.
 * @throws value_too_large
 */
export function copyJson(
  value: unknown,
  where: string,
  limits?: { readonly maxBytes?: number },
): JsonValue {
  const walk: Walk = {
    where,
    maxBytes: limits?.maxBytes ?? defaultMaxBytes,
    keys: [],
    ancestors: [],
    size: 0,
  };
  return copyValue(value, walk, 0);
}

function copyValue(value: unknown, walk: Walk, depth: number): JsonValue {
  if (typeof value === "string") {
    if (!value.isWellFormed()) refuse("a string with a lone surrogate is not JSON", walk, depth);
    grow(value.length + 3, walk);
    return value;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse(`${value} is not JSON`, walk, depth);
    grow(8, walk);
    return value;
  }
  if (typeof value === "boolean" || value === null) {
    grow(5, walk);
    return value;
  }
  if (typeof value === "object") return copyContainer(value, walk, depth);
  return refuse(`${typeof value} is not JSON`, walk, depth);
}

function copyContainer(value: object, walk: Walk, depth: number): JsonValue {
  if (depth >= maxDepth) refuseDepth(value, walk, depth);
  walk.ancestors[depth] = value;
  grow(2, walk);
  const source = readable(value);
  return Array.isArray(source) ? copyArray(source, walk, depth) : copyObject(source, walk, depth);
}

function copyArray(value: readonly unknown[], walk: Walk, depth: number): JsonValue[] {
  // The prototype of every realm's arrays is itself an array; that of a subclass is not.
  if (!Array.isArray(Object.getPrototypeOf(value)))
    refuse(`${className(value)} is not JSON`, walk, depth);
  const copy: JsonValue[] = [];
  for (let index = 0; index < value.length; index++) {
    walk.keys[depth] = index;
    const item = value[index];
    if (item === undefined && !Object.hasOwn(value, index))
      refuse("a hole in an array is not JSON", walk, depth + 1);
    copy.push(copyValue(item, walk, depth + 1));
  }
  return copy;
}

function copyObject(value: object, walk: Walk, depth: number): JsonValue {
  if (!isPlain(value)) refuse(`${className(value)} is not JSON`, walk, depth);
  if (Object.getOwnPropertySymbols(value).length > 0)
    refuse("an object with symbol keys is not JSON", walk, depth);
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(value)) {
    walk.keys[depth] = key;
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member === undefined) continue;
    if (!key.isWellFormed()) refuse("a key with a lone surrogate is not JSON", walk, depth + 1);
    grow(key.length + 4, walk);
    setOwn(copy, key, copyValue(member, walk, depth + 1));
  }
  return copy;
}

/** Plain assignment to `__proto__` would set the prototype instead of a property. */
function setOwn(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== "__proto__") object[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Objects of another realm (a vm context) have that realm's Object.prototype.
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf")
  );
}

function className(value: object): string {
  const made: unknown = (value as { constructor?: unknown }).constructor;
  return typeof made === "function" && made.name !== "" ? made.name : "an instance of a class";
}

function grow(size: number, walk: Walk): void {
  walk.size += size;
  if (walk.size > walk.maxBytes) {
    throw new AbstractRuntimeError(
      "value_too_large",
      `${walk.where}: larger than ${walk.maxBytes} bytes; store it as an artifact and pass the reference`,
      { details: { where: walk.where, maxBytes: walk.maxBytes } },
    );
  }
}

function refuseDepth(value: object, walk: Walk, depth: number): never {
  const path = [...walk.ancestors.slice(0, depth), value];
  const again = path.findIndex((ancestor, index) => path.indexOf(ancestor) < index);
  if (again === -1) return refuse(`nested deeper than ${maxDepth} levels`, walk, depth);
  return refuse("a cycle is not JSON", walk, again);
}

function refuse(what: string, walk: Walk, depth: number): never {
  const path = walk.keys.slice(0, depth).reduce<string>(memberPath, walk.where);
  throw new AbstractRuntimeError("invalid_json_value", `${path}: ${what}`, { details: { path } });
}
