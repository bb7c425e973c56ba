import { AbstractRuntimeError } from "@abstractruntime/core/store";

/**
 * Refuse what is no plain name of a schema: it becomes part of statements, where no parameter can stand for it.
 *
 * @throws invalid_argument
 */
export function assertSchemaName(name: string): void {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name) && !name.startsWith("pg_")) return;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `schema ${JSON.stringify(name)}: use 1 to 63 of a-z 0-9 _, no digit first, and not pg_`,
    { details: { schema: name } },
  );
}

/** A statement's text with the schema's name, quoted, in place of `{s}`, and bare in place of `{schema}`. */
export function inSchema(sql: string, schema: string): string {
  return sql.replaceAll("{s}", `"${schema}"`).replaceAll("{schema}", schema);
}
