import type { StandardSchemaV1 } from "@standard-schema/spec";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorText } from "../errors/error-text.ts";
import { memberPath } from "../json/json-path.ts";

/**
 * What a schema makes of a value. The value itself is the user's; what the schema returns may not be JSON yet.
 *
 * @param where names the value in messages
 * @throws schema_mismatch with the first issues and their paths
 */
export async function validate(
  schema: StandardSchemaV1,
  value: unknown,
  where: string,
): Promise<unknown> {
  const result = await run(schema, value, where);
  if (result.issues === undefined) return result.value;
  const issues = result.issues
    .slice(0, MAX_ISSUES)
    .map((issue) => `${pathOf(where, issue)}: ${issue.message}`);
  const more =
    result.issues.length > MAX_ISSUES ? ` (and ${result.issues.length - MAX_ISSUES} more)` : "";
  throw new AbstractRuntimeError("schema_mismatch", `${issues.join("; ")}${more}`, {
    details: { where, issues },
  });
}

/** A schema that throws is as good as one that does not match: the value can't be used. */
async function run(
  schema: StandardSchemaV1,
  value: unknown,
  where: string,
): Promise<StandardSchemaV1.Result<unknown>> {
  try {
    return await schema["~standard"].validate(value);
  } catch (error) {
    const message = `${where}: the schema threw ${errorText(error)}`;
    throw new AbstractRuntimeError("schema_mismatch", message, {
      cause: error,
      details: { where },
    });
  }
}

const MAX_ISSUES = 5;

function pathOf(where: string, issue: StandardSchemaV1.Issue): string {
  const keys = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  return keys.reduce<string>(
    (path, key) => memberPath(path, typeof key === "symbol" ? String(key) : key),
    where,
  );
}
