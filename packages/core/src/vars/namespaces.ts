import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import { defaultLimits } from "../limits/limits.ts";

/** Parts of `vars` that have a meaning by convention. `_limits`, the fifth, is made by the runtime. */
const namespaces = ["context", "scratchpad", "_runtime", "_temp"] as const;

/** `vars` with every namespace an object: what is missing or something else becomes `{}`. The same `vars` if all are. */
export function ensureNamespaces(vars: JsonObject): JsonObject {
  const missing = namespaces.filter((name) => objectAt(vars, name) === undefined);
  if (missing.length === 0) return vars;
  return { ...vars, ...Object.fromEntries(missing.map((name) => [name, {}])) };
}

/** `vars` with an empty `_temp`. */
export function clearTemp(vars: JsonObject): JsonObject {
  const temp = objectAt(vars, "_temp");
  return temp !== undefined && Object.keys(temp).length === 0 ? vars : { ...vars, _temp: {} };
}

/** `vars._limits`, or the default limits where it is no object. */
export function getLimits(vars: JsonObject): JsonObject {
  return objectAt(vars, "_limits") ?? defaultLimits;
}

function objectAt(vars: JsonObject, key: string): JsonObject | undefined {
  const value = Object.hasOwn(vars, key) ? vars[key] : undefined;
  return isJsonObject(value) ? value : undefined;
}
