import { AbstractRuntimeError, type JsonObject } from "@abstractruntime/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { jsonSchemaOf } from "./json-schema-of.ts";

/** A form that a model's answer can be asked to have. Effects find it by name, so it outlives the process. */
export interface OutputFormat<Data = unknown> {
  readonly name: string;
  readonly schema: StandardSchemaV1<unknown, Data>;
  /** What the model is shown. */
  readonly jsonSchema: JsonObject;
  readonly strict: boolean;
}

export interface OutputFormatSpec<Schema extends StandardSchemaV1> {
  /** 1 to 64 of A-Z a-z 0-9 _ - */
  readonly name: string;
  /** Any Standard Schema; the answer's JSON is checked by it, and `data` is what it parses to. */
  readonly schema: Schema;
  /** Derived from the schema by default, where its library can: zod, arktype, valibot with its converter. */
  readonly jsonSchema?: JsonObject | undefined;
  /** Whether servers that can are told to hold the model to the schema; false by default, for they accept only part of JSON Schema. */
  readonly strict?: boolean | undefined;
}

/**
 * Define a form of output. It goes to the `outputs` of the `llm_call` effect or of a factory, and to `llmCall({ output })`.
 *
 * @throws invalid_argument a name of a wrong form, or no JSON Schema can be derived from the schema: give it
 */
export function defineOutput<const Schema extends StandardSchemaV1>(
  spec: OutputFormatSpec<Schema>,
): OutputFormat<StandardSchemaV1.InferOutput<Schema>> {
  const { name, schema, strict = false } = spec;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw new AbstractRuntimeError(
      "invalid_argument",
      "output: name must be 1 to 64 of A-Z a-z 0-9 _ -",
    );
  const jsonSchema = spec.jsonSchema ?? jsonSchemaOf(schema, `output ${name}`);
  return Object.freeze({ name, schema, jsonSchema, strict }) as OutputFormat<
    StandardSchemaV1.InferOutput<Schema>
  >;
}
