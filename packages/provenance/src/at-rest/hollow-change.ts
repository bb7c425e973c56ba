import {
  mapRecord,
  mapRun,
  type Change,
  type JsonValue,
  type NewRun,
} from "@abstractruntime/core/store";

/**
 * A change without its values. For one that the store below can only refuse, or has written already and will not write
 * again: what it would hold must not go there in the clear.
 */
export function hollowChange(change: Change): Change {
  const records = change.records.map((record) => mapRecord(record, hollow));
  return { ...change, records, run: mapRun(change.run, hollow), children: [], messages: [] };
}

/** A new run without its values, for a store that can only refuse it, or has it already. */
export function hollowRun(given: NewRun): NewRun {
  const records = given.records.map((record) => mapRecord(record, hollow));
  return { ...given, records, run: mapRun(given.run, hollow), children: [], messages: [] };
}

function hollow(value: JsonValue): JsonValue {
  if (typeof value === "string") return "";
  if (typeof value !== "object" || value === null) return null;
  return Array.isArray(value) ? [] : {};
}
