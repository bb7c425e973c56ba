import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a schema makes of a value, or what is wrong with it, fit for a model to read. */
export type Checked<Value = unknown> =
  | { readonly isValid: true; readonly value: Value }
  | { readonly isValid: false; readonly problem: string };

/** More are of no help. */
const MAX_ISSUES = 5;

/** Check a value. A schema that throws is as good as one that does not match. Never throws. */
export async function checkSchema<Value>(
  schema: StandardSchemaV1<unknown, Value>,
  value: unknown,
): Promise<Checked<Value>> {
  try {
    const result = await schema["~standard"].validate(value);
    if (result.issues === undefined) return { isValid: true, value: result.value };
    const problem = result.issues.slice(0, MAX_ISSUES).map(describe).join("; ");
    return { isValid: false, problem };
  } catch (error) {
    return { isValid: false, problem: `the schema threw: ${String(error)}` };
  }
}

function describe({ message, path = [] }: StandardSchemaV1.Issue): string {
  const names = path.map((part) => String(typeof part === "object" ? part.key : part));
  return names.length === 0 ? message : `${names.join(".")}: ${message}`;
}
