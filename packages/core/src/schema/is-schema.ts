import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Whether a value is a Standard Schema: an object or function that says how it validates. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  if (!("~standard" in value)) return false;
  const standard: unknown = value["~standard"];
  return typeof (standard as { validate?: unknown } | null)?.validate === "function";
}
