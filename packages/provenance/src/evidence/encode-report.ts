import type { JsonObject, JsonValue } from "@abstractruntime/core/store";
import type { EvidenceReport } from "./evidence-report.ts";

/** A report as JSON, for programs: the report's members, in snake_case. */
export function encodeEvidenceReport(report: EvidenceReport): JsonObject {
  // An interface has no index signature; its members are JSON.
  return snakeCase(report as unknown as JsonObject) as JsonObject;
}

/** Names of members only: what stands in them is kept. */
function snakeCase(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCase(member),
    ]),
  );
}
