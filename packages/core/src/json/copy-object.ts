import type { JsonObject, JsonValue } from "./json-value.ts";

/**
 * A copy of an object whose members are shared. `Object.assign` clones an object of up to about 1,000 keys in one step,
 * while a spread that has met one object loaded from text copies key by key ever after; but it loses own `__proto__` data.
 */
export function copyObject(object: JsonObject): { [key: string]: JsonValue } {
  return Object.hasOwn(object, "__proto__") ? { ...object } : Object.assign({}, object);
}
