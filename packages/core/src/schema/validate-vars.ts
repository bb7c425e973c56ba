import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import { validate } from "./validate.ts";

/**
 * What a workflow's schema makes of a run's `vars`, in the middle of the run. Names with `_` are the runtime's: a strict
 * schema need not know them.
 *
 * @throws schema_mismatch
 */
export async function validateVars(schema: StandardSchemaV1, vars: JsonObject): Promise<unknown> {
  try {
    return await validate(schema, vars, "vars");
  } catch (error) {
    const known = Object.entries(vars).filter(([key]) => !key.startsWith("_"));
    const isAll = known.length === Object.keys(vars).length;
    if (isAll || !isAbstractRuntimeError(error, "schema_mismatch")) throw error;
    return validate(schema, Object.fromEntries(known), "vars");
  }
}
