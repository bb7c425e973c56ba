import type { JsonObject } from "../json/json-value.ts";
import type { Patch, PatchOperation } from "../json/patch.ts";
import type { Fields } from "./fields.ts";

/** A record's `changes`: none where it has no such field. @throws store_corrupt */
export function readChanges(fields: Fields): Patch {
  if (!fields.has("changes")) return [];
  const changes: readonly unknown[] = fields.list("changes");
  return changes.every(isOperation) ? changes : fields.refuse("changes", "a JSON Patch");
}

function isOperation(value: unknown): value is PatchOperation {
  if (typeof value !== "object" || value === null) return false;
  const { op, path, value: operand } = value as JsonObject;
  if (typeof path !== "string") return false;
  return op === "remove" || ((op === "add" || op === "replace") && operand !== undefined);
}
