import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";
import { assertLimit, refused, type LimitKey } from "./limit-rules.ts";
import { defaultLimits, type Limits } from "./limits.ts";

/** New values for some of a run's limits, by the names that they have in `vars._limits`. */
export type LimitUpdates = { readonly [Key in LimitKey]?: Exclude<Limits[Key], undefined> };

/**
 * Check new limits that came from outside.
 *
 * @throws invalid_argument with the path of a key that there is not, or of a value that it can't have
 */
export function parseLimitUpdates(updates: unknown): LimitUpdates {
  if (typeof updates !== "object" || updates === null || Array.isArray(updates))
    throw refused("limits", "give an object with the limits to change");
  for (const [key, value] of Object.entries(updates)) assertLimit(key, value, `limits.${key}`);
  return { ...updates };
}

/**
 * What new limits change in a run's `vars`, checked. A run without `_limits` gets all of them.
 *
 * @throws invalid_argument as `parseLimitUpdates`
 */
export function limitChanges(vars: JsonObject, updates: unknown): Patch {
  const wanted = Object.entries(parseLimitUpdates(updates));
  const limits = vars["_limits"];
  if (!isJsonObject(limits)) {
    const op = Object.hasOwn(vars, "_limits") ? "replace" : "add";
    return [{ op, path: "/_limits", value: { ...defaultLimits, ...Object.fromEntries(wanted) } }];
  }
  return wanted
    .filter(([key, value]) => !Object.hasOwn(limits, key) || limits[key] !== value)
    .map(([key, value]) => ({
      op: Object.hasOwn(limits, key) ? "replace" : "add",
      path: `/_limits/${key}`,
      value,
    }));
}
