import { AbstractRuntimeError, type JsonValue } from "@abstractruntime/core";

/**
 * What a tool returned, as JSON that keeps what is data: dates become ISO texts, maps objects, sets lists, bytes
 * `{ base64, size_bytes }`, errors `{ name, message }`, instances of classes what their `toJSON` says or their own enumerable
 * members. Whole numbers beyond 2^53 become texts; `NaN` and infinities null; what has no value (undefined, functions,
 * symbols) is left out, or null in a list.
 *
 * @param where names the value in errors
 * @throws invalid_json_value a cycle, or more than 512 levels
 */
export function toJson(value: unknown, where = "output"): JsonValue {
  return convert(value, { where, ancestors: [] }) ?? null;
}

interface Place {
  readonly where: string;
  readonly ancestors: readonly object[];
}

const MAX_DEPTH = 500;

/** Undefined for what has no value. */
function convert(value: unknown, place: Place): JsonValue | undefined {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return wholeNumber(value);
  if (typeof value === "boolean" || value === null) return value;
  return typeof value === "object" ? convertObject(value, place) : undefined;
}

function wholeNumber(value: bigint): JsonValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function convertObject(value: object, { where, ancestors }: Place): JsonValue | undefined {
  if (ancestors.includes(value)) throw refused(where, "is a cycle");
  if (ancestors.length >= MAX_DEPTH) throw refused(where, `is nested deeper than ${MAX_DEPTH}`);
  const inside = [...ancestors, value];
  const item = (inner: unknown, index: number): JsonValue =>
    convert(inner, { where: `${where}[${index}]`, ancestors: inside }) ?? null;
  if (Array.isArray(value)) return Array.from(value, item);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Set) return Array.from(value, item);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return bytesOf(value);
  if (value instanceof Error) return { name: value.name, message: value.message.toWellFormed() };
  if ("toJSON" in value && typeof value.toJSON === "function")
    return convert(value.toJSON(), { where, ancestors: inside });
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  const members: [string, JsonValue][] = [];
  for (const [name, inner] of entries) {
    const key = keyOf(name);
    const member = convert(inner, { where: `${where}.${key}`, ancestors: inside });
    if (member !== undefined) members.push([key, member]);
  }
  return Object.fromEntries(members);
}

/** The key of a map may be anything; those of an object are texts. */
function keyOf(name: unknown): string {
  if (typeof name === "string") return name.toWellFormed();
  const key = name instanceof Date ? name.toISOString() : name;
  return typeof key === "object" && key !== null ? JSON.stringify(toJson(key)) : String(key);
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): JsonValue {
  const bytes =
    value instanceof ArrayBuffer
      ? Buffer.from(value)
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { base64: bytes.toString("base64"), size_bytes: bytes.length };
}

function refused(where: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_json_value", `${where} ${what}`, {
    details: { path: where },
  });
}
