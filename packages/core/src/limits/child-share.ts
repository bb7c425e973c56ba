import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { budgetKeys } from "./budget-keys.ts";
import { assertLimit } from "./limit-rules.ts";
import { budgetNames, type BudgetsConfig } from "./limits-config.ts";

/** A child's share as its payload has it: by the names of `_limits`. */
export function shareOf(limits: BudgetsConfig | undefined): object | undefined {
  if (limits === undefined) return undefined;
  const named = budgetNames.map(([name, key]) => [key, limits[name]] as const);
  return { max_iterations: limits.maxIterations, ...Object.fromEntries(named) };
}

const known: ReadonlySet<string> = new Set(["max_iterations", "enforce", ...budgetKeys]);

/** The share in a payload, or what is wrong with it. Null amounts are left out. */
export function readShare(limits: JsonValue | undefined): JsonObject | string | undefined {
  if (limits === undefined || limits === null) return undefined;
  if (!isJsonObject(limits)) return "payload.limits must be an object";
  const given = Object.entries(limits).filter(([, value]) => value !== null);
  for (const [key, value] of given) {
    if (!known.has(key)) return `limits.${key}: a share is made of ${[...known].join(", ")}`;
    try {
      assertLimit(key, value, `limits.${key}`);
    } catch (error) {
      if (!isAbstractRuntimeError(error)) throw error;
      return error.message;
    }
  }
  return Object.fromEntries(given);
}
