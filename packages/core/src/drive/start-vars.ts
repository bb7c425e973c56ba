import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { Limits } from "../limits/limits.ts";
import { validate } from "../schema/validate.ts";
import type { Workflow } from "../workflow/workflow.ts";

/**
 * The vars with which a run starts: what the workflow's schema makes of the given ones, checked and copied, with
 * `_limits` added where they have none.
 *
 * @throws schema_mismatch, invalid_json_value, value_too_large
 */
export async function startVars(
  workflow: Workflow,
  given: unknown,
  limits: Limits,
): Promise<JsonObject> {
  const input = given ?? {};
  const parsed =
    workflow.varsSchema === null ? input : await validate(workflow.varsSchema, input, "vars");
  const vars = copyJson(parsed, "vars");
  if (!isJsonObject(vars)) {
    throw new AbstractRuntimeError(
      "invalid_json_value",
      "vars: an object is needed: put the value under a key",
    );
  }
  if (Object.hasOwn(vars, "_limits")) return vars;
  const kept = isJsonObject(input as JsonValue) ? (input as JsonObject)["_limits"] : undefined;
  return { ...vars, _limits: kept === undefined ? limits : copyJson(kept, "vars._limits") };
}
