import type { StandardSchemaV1 } from "@standard-schema/spec";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import { getAtPath } from "../json/dotted-path.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { applyPatch, type Patch, type PatchOperation } from "../json/patch.ts";
import { isPrototypeKey } from "../json/prototype-keys.ts";
import { assertBudgets } from "../limits/limit-rules.ts";
import { validateVars } from "../schema/validate-vars.ts";

/**
 * What other values at some places change in a run's `vars`: a key is a dotted path, as in `resultKey`, and its value
 * takes the place of what is there. All else stays.
 *
 * @param schema the workflow's schema for vars, where it has one: the vars must match it then, and it may make something of
 *   the given values
 * @throws invalid_json_value, value_too_large, schema_mismatch; invalid_argument: a path, or a budget in `_limits`
 */
export async function varsChanges(
  schema: StandardSchemaV1 | null,
  vars: JsonObject,
  given: unknown,
): Promise<Patch> {
  if (given === undefined) return [];
  const wanted = copyJson(given, "vars");
  if (!isJsonObject(wanted))
    throw new AbstractRuntimeError(
      "invalid_json_value",
      "vars: an object is needed, with the new values by their dotted paths",
    );
  const changes = setAll(vars, wanted);
  if (schema === null || changes.length === 0) return checked(vars, changes);
  const made = await validateVars(schema, applyPatch(vars, changes));
  return checked(vars, setAll(vars, asMade(wanted, made)));
}

/** The given values as the schema has made them. */
function asMade(wanted: JsonObject, made: unknown): JsonObject {
  const values = Object.keys(wanted).map((path) => {
    const value = typeof made === "object" ? getAtPath(made as JsonObject, path) : undefined;
    return [path, value === undefined ? wanted[path] : copyJson(value, `vars.${path}`)] as const;
  });
  return Object.fromEntries(values) as JsonObject;
}

function setAll(vars: JsonObject, wanted: JsonObject): Patch {
  const changes: PatchOperation[] = [];
  let now = vars;
  for (const [path, value] of Object.entries(wanted)) {
    const change = setting(now, path, value);
    changes.push(change);
    now = applyPatch(now, [change]);
  }
  return changes;
}

/** The operation that sets a value at a dotted path. Parents that are missing or no objects become objects. */
function setting(vars: JsonObject, path: string, value: JsonValue): PatchOperation {
  const parts = path.split(".");
  if (parts.some(isPrototypeKey))
    throw new AbstractRuntimeError("invalid_argument", `vars: the path "${path}" is reserved`);
  let parent: JsonObject = vars;
  let depth = 0;
  for (; depth < parts.length - 1; depth += 1) {
    const child: JsonValue | undefined = memberOf(parent, parts[depth] ?? "");
    if (child === undefined || !isJsonObject(child)) break;
    parent = child;
  }
  const pointer = parts
    .slice(0, depth + 1)
    .map(escaped)
    .join("");
  const nested = parts
    .slice(depth + 1)
    .reduceRight<JsonValue>((inner, part) => ({ [part]: inner }), value);
  const op = Object.hasOwn(parent, parts[depth] ?? "") ? "replace" : "add";
  return { op, path: pointer, value: nested };
}

function memberOf(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A part of a JSON Pointer (RFC 6901). */
function escaped(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function checked(vars: JsonObject, changes: Patch): Patch {
  const limits = changes.length === 0 ? null : (applyPatch(vars, changes)["_limits"] ?? null);
  if (isJsonObject(limits)) assertBudgets(limits);
  return changes;
}
