import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import { assertBudgets } from "../limits/limit-rules.ts";
import type { Limits } from "../limits/limits.ts";
import { validate } from "../schema/validate.ts";
import type { Workflow } from "../workflow/workflow.ts";

/**
 * The vars with which a run starts: what the workflow's schema makes of the given ones, checked and copied, with
 * `_limits` added where they have none.
 *
 * @throws schema_mismatch, invalid_json_value, value_too_large; invalid_argument: a budget that can't be read
 */
export async function startVars(
  workflow: Workflow,
  given: unknown,
  limits: Limits,
): Promise<JsonObject> {
  const input = given ?? {};
  const parsed =
    workflow.varsSchema === null ? input : await validate(workflow.varsSchema, input, "vars");
  const vars = objectCopy(parsed);
  if (Object.hasOwn(vars, "_limits")) return checked(vars);
  const kept = isJsonObject(input as JsonValue) ? (input as JsonObject)["_limits"] : undefined;
  if (kept === undefined) return { ...vars, _limits: limits };
  return checked({ ...vars, _limits: copyJson(kept, "vars._limits") });
}

/**
 * The vars with which a run stands until somebody who has its workflow makes its start of them: the input, copied.
 *
 * @throws invalid_json_value, value_too_large; invalid_argument: a budget that can't be read
 */
export function inputVars(given: unknown): JsonObject {
  return checked(objectCopy(given ?? {}, "input"));
}

/** The vars with which a branch starts: it begins in the middle of its graph, where the workflow's schema says nothing. */
export function branchVars(given: JsonObject, limits: Limits): JsonObject {
  const vars = objectCopy(given);
  return Object.hasOwn(vars, "_limits") ? checked(vars) : { ...vars, _limits: limits };
}

function checked(vars: JsonObject): JsonObject {
  if (isJsonObject(vars["_limits"])) assertBudgets(vars["_limits"]);
  return vars;
}

function objectCopy(value: unknown, where = "vars"): JsonObject {
  const copy = copyJson(value, where);
  if (isJsonObject(copy)) return copy;
  throw new AbstractRuntimeError(
    "invalid_json_value",
    `${where}: an object is needed: put the value under a key`,
  );
}
