import { AbstractRuntimeError, type JsonObject } from "@abstractruntime/core";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";

/**
 * The JSON Schema (draft 2020-12) of what a Standard Schema accepts: by its own converter, else by zod's.
 *
 * @param what names the schema in the error
 * @throws invalid_argument its library can't say, or not for this schema: give the JSON Schema by hand
 */
export function jsonSchemaOf(schema: StandardSchemaV1, what: string): JsonObject {
  try {
    const converted = convert(schema);
    if (converted !== undefined) return withoutDialect(converted as JsonObject);
  } catch (error) {
    throw notDerived(what, { cause: error });
  }
  throw notDerived(what);
}

function convert(schema: StandardSchemaV1): object | undefined {
  const standard = schema["~standard"] as StandardSchemaV1.Props &
    Partial<StandardJSONSchemaV1.Props>;
  if (standard.jsonSchema !== undefined)
    return standard.jsonSchema.input({ target: "draft-2020-12" });
  return schema instanceof z.core.$ZodType ? z.toJSONSchema(schema, { io: "input" }) : undefined;
}

/** Model servers that check schemas strictly don't know `$schema`. */
function withoutDialect({ $schema: _dialect, ...jsonSchema }: JsonObject): JsonObject {
  return jsonSchema;
}

function notDerived(what: string, options?: ErrorOptions): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "invalid_argument",
    `${what}: no JSON Schema can be derived from the schema: give it as jsonSchema`,
    options,
  );
}
