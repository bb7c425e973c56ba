import type { JsonValue } from "@abstractruntime/core/store";

/** What a value is made of beside null: what stands in objects and lists, or alone. */
export type Leaf = string | number | boolean;

/** A copy of a value with each leaf mapped. @param path of the value, as a JSON Pointer without the first slash. */
export function mapLeaves(
  value: JsonValue,
  path: string,
  map: (leaf: Leaf, path: string) => JsonValue,
): JsonValue {
  if (value === null) return null;
  if (typeof value !== "object") return map(value, path);
  if (isList(value)) return value.map((item, index) => mapLeaves(item, `${path}/${index}`, map));
  const members = Object.entries(value);
  // Not by assignment: a key may be `__proto__`.
  return Object.fromEntries<JsonValue>(
    members.map(([key, member]) => [key, mapLeaves(member, `${path}/${pointerPart(key)}`, map)]),
  );
}

/** A key as it stands in a JSON Pointer (RFC 6901). */
function pointerPart(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
