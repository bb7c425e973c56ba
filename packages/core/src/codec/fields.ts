import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { memberPath } from "../json/json-path.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { isInstant } from "../time/instant.ts";

/** Typed access to the fields of a stored JSON object. What is missing or of another type is `store_corrupt`, with its path. */
export class Fields {
  readonly values: JsonObject;
  readonly #where: string;

  /**
   * @param value what JSON.parse gave
   * @param where names the object in messages: a file, a row, or a path inside of one
   */
  constructor(value: unknown, where: string) {
    if (!isObject(value)) throw corrupt(where, "an object", value);
    this.values = value;
    this.#where = where;
  }

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  /** Whether the field is missing or null. */
  lacks(key: string): boolean {
    return (this.values[key] ?? null) === null;
  }

  /** Any value; null when it is missing. */
  value(key: string): JsonValue {
    return this.values[key] ?? null;
  }

  text(key: string): string {
    const value = this.values[key];
    return typeof value === "string" ? value : this.refuse(key, "a string");
  }

  textOrNull(key: string): string | null {
    return this.lacks(key) ? null : this.text(key);
  }

  instant(key: string): string {
    const value = this.values[key];
    return isInstant(value) ? value : this.refuse(key, "an instant like 2026-03-01T09:00:00Z");
  }

  instantOrNull(key: string): string | null {
    return this.lacks(key) ? null : this.instant(key);
  }

  /** A whole number from `least` on; `missing` stands for a field that is not there. */
  count(key: string, least = 0, missing?: number): number {
    const value = this.values[key] ?? missing;
    return Number.isSafeInteger(value) && (value as number) >= least
      ? (value as number)
      : this.refuse(key, `a whole number from ${least} on`);
  }

  /** A number from 0 on. */
  amount(key: string): number {
    const value = this.values[key];
    return typeof value === "number" && value >= 0 ? value : this.refuse(key, "a number from 0 on");
  }

  flag(key: string, missing: boolean): boolean {
    const value = this.values[key] ?? missing;
    return typeof value === "boolean" ? value : this.refuse(key, "true or false");
  }

  oneOf<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const value = this.values[key];
    return (
      choices.find((choice) => choice === value) ?? this.refuse(key, `one of ${choices.join(", ")}`)
    );
  }

  list(key: string): readonly JsonValue[] {
    const value = this.values[key];
    return Array.isArray(value) ? (value as readonly JsonValue[]) : this.refuse(key, "a list");
  }

  /** `read` applied to each object of a list. */
  each<Value>(key: string, read: (fields: Fields) => Value): readonly Value[] {
    return this.list(key).map((item, index) =>
      read(new Fields(item, `${this.path(key)}[${index}]`)),
    );
  }

  texts(key: string): readonly string[] {
    const list = this.list(key);
    return list.every((item) => typeof item === "string")
      ? list
      : this.refuse(key, "a list of strings");
  }

  object(key: string): JsonObject {
    const value = this.values[key];
    return isObject(value) ? value : this.refuse(key, "an object");
  }

  /** An object whose values are all strings. */
  textMap(key: string): Readonly<Record<string, string>> {
    const object = this.object(key);
    return isTextMap(object) ? object : this.refuse(key, "an object of strings");
  }

  /** The fields of an object in this one. */
  inner(key: string): Fields {
    return new Fields(this.values[key], this.path(key));
  }

  /** `read` applied to the object in a field; null when there is none. */
  optional<Value>(key: string, read: (fields: Fields) => Value): Value | null {
    return this.lacks(key) ? null : read(this.inner(key));
  }

  path(key: string): string {
    // A file is followed by a colon, what is inside of it by dots: `run_x.json: waiting.reason`.
    return this.#where.includes(": ") ? memberPath(this.#where, key) : `${this.#where}: ${key}`;
  }

  refuse(key: string, expected: string): never {
    throw corrupt(this.path(key), expected, this.values[key]);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextMap(object: JsonObject): object is Readonly<Record<string, string>> {
  return Object.values(object).every((value) => typeof value === "string");
}

function corrupt(path: string, expected: string, found: unknown): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_corrupt",
    `${path}: expected ${expected}, found ${describe(found)}`,
    {
      details: { path },
    },
  );
}

/** Short text is shown, for it is mostly a word that is not known; payloads never are. */
function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" && value.length > 40 ? "a longer text" : JSON.stringify(value);
}
