import { readable } from "../draft/draft.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import { getAtPath } from "../json/dotted-path.ts";
import { memberPath } from "../json/json-path.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { applyPatch, type Patch } from "../json/patch.ts";
import { isPrototypeKey } from "../json/prototype-keys.ts";
import { Ref } from "./ref.ts";

/** A payload as it is stored: JSON, with null where a value of `vars` belongs, and where which one belongs. */
export interface StoredPayload {
  readonly payload: JsonObject;
  readonly refs: Readonly<Record<string, string>> | null;
}

/** Take a payload over from the user: checked, copied, its refs noted apart, so that no data can be taken for one. */
export function storePayload(payload: unknown, where: string): StoredPayload {
  if (payload === undefined || payload === null) return { payload: {}, refs: null };
  const refs: Record<string, string> = {};
  const plain = hasRef(payload) ? withoutRefs(payload, { where, pointer: "" }, refs) : payload;
  const copy = copyJson(plain, where);
  if (!isObject(copy)) {
    throw new AbstractRuntimeError(
      "invalid_json_value",
      `${where}: an effect's payload is an object: wrap the value in one`,
    );
  }
  return { payload: copy, refs: Object.keys(refs).length === 0 ? null : refs };
}

/** The payload as its handler sees it: refs replaced by what `vars` hold there, null where they hold nothing. */
export function resolvePayload({ payload, refs }: StoredPayload, vars: JsonObject): JsonObject {
  if (refs === null) return payload;
  const patch: Patch = Object.entries(refs).map(([path, source]) => ({
    op: "replace",
    path,
    value: getAtPath(vars, source) ?? null,
  }));
  return applyPatch(payload, patch);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasRef(value: unknown, depth = 0): boolean {
  if (!mayHoldRefs(value, depth)) return false;
  if (value instanceof Ref) return true;
  for (const key in value) {
    const inner: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof inner === "object" && inner !== null && hasRef(inner, depth + 1)) return true;
  }
  return false;
}

/** Scalars don't, nor do vars that are only passed on: there is no need to draft each part of them. */
function mayHoldRefs(value: unknown, depth: number): value is object {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return false;
  return readable(value) === value;
}

/** Deeper values are refused by `copyJson`, cycles among them. */
const MAX_DEPTH = 512;

/** A place in a payload: for people, and as a JSON Pointer. */
interface Place {
  readonly where: string;
  readonly pointer: string;
}

function withoutRefs(value: unknown, at: Place, refs: Record<string, string>, depth = 0): unknown {
  if (!mayHoldRefs(value, depth)) return value;
  if (value instanceof Ref) {
    refs[at.pointer] = checkedPath(value, at.where);
    return null;
  }
  const child = (inner: unknown, key: string | number): unknown => {
    const where = memberPath(at.where, key);
    const pointer = `${at.pointer}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (typeof key === "string" && isPrototypeKey(key) && hasRef(inner))
      throw badRef(where, `a ref can't stand under the reserved key ${key}`);
    return withoutRefs(inner, { where, pointer }, refs, depth + 1);
  };
  if (Array.isArray(value)) return value.map(child);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, child(inner, key)]));
}

/** A ref that can't be resolved would be found out only when the effect has begun. */
function checkedPath({ path }: Ref, where: string): string {
  if (typeof path !== "string") throw badRef(where, "a ref needs a dotted path: a text");
  const reserved = path.split(".").find(isPrototypeKey);
  if (reserved !== undefined)
    throw badRef(where, `the key ${reserved} in ref("${path}") is reserved`);
  return path;
}

function badRef(where: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_plan", `${where}: ${what}`, {
    details: { path: where },
  });
}
