import { copyObject } from "../json/copy-object.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { budgetKeys, usedKeys, type BoundKey } from "./budget-keys.ts";
import { isEnforced } from "./exhausted.ts";
import { defaultLimits, readLimits } from "./limits.ts";
import { boundsOf } from "./measure.ts";
import { numberOf, plus } from "./read-number.ts";

/** What a child may use of its parent's bounds: those that leave it less than its own limits would. */
export type Grant = { readonly [Key in BoundKey]?: number };

/**
 * The vars of a child that spends from its parent's budgets: it begins with nothing used, and may use what its parent has
 * left, and no more than its share.
 *
 * @param share bounds for this child alone, by their names in `_limits`
 */
export function granted(
  vars: JsonObject,
  parent: JsonObject,
  share: JsonObject = {},
): { readonly vars: JsonObject; readonly grant: Grant | null } {
  const grant = grantOf(vars, parent, share);
  const given = vars["_limits"];
  const limits = isJsonObject(given) ? given : defaultLimits;
  const own: { [key: string]: JsonValue } = copyObject(limits);
  if (own["current_iteration"] !== undefined) own["current_iteration"] = 0;
  for (const key of usedKeys) delete own[key];
  Object.assign(own, grant);
  if (typeof share["enforce"] === "boolean") own["enforce"] = share["enforce"];
  if (isEnforced(parent)) own["enforce"] = true;
  return { vars: isSame(own, given) ? vars : { ...vars, _limits: own }, grant };
}

function grantOf(vars: JsonObject, parent: JsonObject, share: JsonObject): Grant | null {
  const left = new Map(
    boundsOf(parent).map(({ limit, used, maximum }) => [limit, Math.max(0, plus(maximum, -used))]),
  );
  const grant: { [Key in BoundKey]?: number } = {};
  for (const key of ["max_iterations", ...budgetKeys] as const) {
    // Where it only warns, it is each run's own, as in 0.2.0: a child begins with fresh ones.
    const isOwn = key === "max_iterations" && !isEnforced(parent);
    const bound = least(isOwn ? undefined : left.get(key), numberOf(share[key]));
    if (bound !== null && bound < (ownBound(vars, key) ?? Infinity)) grant[key] = bound;
  }
  return Object.keys(grant).length === 0 ? null : grant;
}

/** Null: as much as it likes. */
function ownBound(vars: JsonObject, key: BoundKey): number | null {
  const limits = isJsonObject(vars["_limits"]) ? vars["_limits"] : {};
  const bound = key === "max_iterations" ? readLimits(vars).max_iterations : numberOf(limits[key]);
  return bound === null || bound < 0 ? null : bound;
}

function least(left: number | undefined, share: number | null): number | null {
  const bounds = [left ?? -1, share ?? -1].filter((bound) => bound >= 0);
  return bounds.length === 0 ? null : Math.min(...bounds);
}

function isSame(own: JsonObject, given: JsonValue | undefined): boolean {
  if (!isJsonObject(given)) return Object.keys(own).every((key) => own[key] === defaultLimits[key]);
  const keys = Object.keys(given);
  return keys.length === Object.keys(own).length && keys.every((key) => own[key] === given[key]);
}
