import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyObject } from "./copy-object.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { isPrototypeKey } from "./prototype-keys.ts";

/**
 * A copy of `vars` with `value` at a dotted path; what the path does not touch is shared. 0.2.0's rules: parents that
 * are missing or no objects become objects, empty parts are keys like others, and there are no list indexes.
 *
 * @throws invalid_plan a part of the path is `__proto__`, `constructor` or `prototype`
 */
export function setAtPath(vars: JsonObject, path: string, value: JsonValue): JsonObject {
  return setParts(vars, splitPath(path), 0, value);
}

/** The value at a dotted path, or `undefined` when an object on the way lacks the key. Lists have no dotted keys. */
export function getAtPath(vars: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = vars;
  for (const part of path.split(".")) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/**
 * The parent on a path that `setAtPath` replaces by an object, and so destroys: a scalar or a list. Undefined when it
 * destroys nothing: null and missing parents are fine, and so is any value at the path's own end.
 *
 * @throws invalid_plan as `setAtPath`
 */
export function replacedParent(vars: JsonObject, path: string): string | undefined {
  const parts = splitPath(path);
  let value: JsonValue | undefined = vars;
  for (const [index, part] of parts.entries()) {
    if (value === undefined || value === null) return undefined;
    if (!isJsonObject(value)) return parts.slice(0, index).join(".");
    value = Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return undefined;
}

function setParts(
  object: JsonObject,
  parts: readonly string[],
  index: number,
  value: JsonValue,
): JsonObject {
  const part = parts[index];
  if (part === undefined) return object;
  const child = Object.hasOwn(object, part) ? object[part] : undefined;
  const copy = copyObject(object);
  copy[part] =
    index === parts.length - 1
      ? value
      : setParts(isJsonObject(child) ? child : {}, parts, index + 1, value);
  return copy;
}

function splitPath(path: string): readonly string[] {
  const parts = path.split(".");
  const refused = parts.find(isPrototypeKey);
  if (refused === undefined) return parts;
  throw new AbstractRuntimeError(
    "invalid_plan",
    `path "${path}": the key ${refused} is reserved; choose another`,
    {
      details: { path },
    },
  );
}

function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
