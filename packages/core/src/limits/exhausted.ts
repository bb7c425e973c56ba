import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import { applyPatch, type Patch } from "../json/patch.ts";
import { boundsOf, type Bound } from "./measure.ts";

/** Whether limits stop the run, and do not only warn. */
export function isEnforced(vars: JsonObject): boolean {
  const limits = vars["_limits"];
  return isJsonObject(limits) && limits["enforce"] === true;
}

/** The bounds that keep a run from beginning its next effect: those that it has used up, where they are enforced. */
export function exhausted(vars: JsonObject): readonly Bound[] {
  if (!isEnforced(vars)) return [];
  return boundsOf(vars).filter(({ used, maximum }) => used >= maximum);
}

/** The same after a patch, which mostly has nothing to do with limits. */
export function exhaustedAfter(vars: JsonObject, changes: Patch): readonly Bound[] {
  const isTouched = changes.some(({ path }) => path === "" || path.startsWith("/_limits"));
  return exhausted(isTouched ? applyPatch(vars, changes) : vars);
}
