import { copyJson } from "../json/copy-json.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import { memberPath } from "../json/json-path.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { PatchOperation } from "../json/patch.ts";

/**
 * What a schema adds to `vars` where they have nothing, such as its defaults. What is there stays as it is: a schema that
 * makes something else of a value has done so when the run was started.
 *
 * @throws invalid_json_value what it adds is not JSON
 */
export function defaultsFor(vars: JsonObject, parsed: unknown): readonly PatchOperation[] {
  const patch: PatchOperation[] = [];
  collect({ pointer: "", where: "vars" }, vars, parsed, patch);
  return patch;
}

interface Place {
  readonly pointer: string;
  readonly where: string;
}

function collect(at: Place, has: JsonValue, parsed: unknown, patch: PatchOperation[]): void {
  if (has === parsed || typeof parsed !== "object" || parsed === null) return;
  if (Array.isArray(has) && Array.isArray(parsed)) {
    const items: readonly JsonValue[] = has;
    if (items.length !== parsed.length) return;
    for (const [index, item] of items.entries())
      collect(inside(at, index), item, parsed[index], patch);
  } else if (isJsonObject(has) && !Array.isArray(parsed)) {
    for (const [key, value] of Object.entries(parsed)) add(inside(at, key), has, key, value, patch);
  }
}

function add(
  at: Place,
  object: JsonObject,
  key: string,
  value: unknown,
  patch: PatchOperation[],
): void {
  const has = Object.hasOwn(object, key) ? object[key] : undefined;
  if (has !== undefined) collect(at, has, value, patch);
  else if (value !== undefined)
    patch.push({ op: "add", path: at.pointer, value: copyJson(value, at.where) });
}

function inside({ pointer, where }: Place, key: string | number): Place {
  const escaped = String(key).replaceAll("~", "~0").replaceAll("/", "~1");
  return { pointer: `${pointer}/${escaped}`, where: memberPath(where, key) };
}
