import type { JsonValue } from "../src/json/json-value.ts";
import {
  LosslessNumber,
  type LosslessObject,
  type LosslessValue,
} from "../src/json/lossless-json.ts";

/** What JSON.parse would have given for the same text. */
export function fromLossless(value: LosslessValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof LosslessNumber) return Number(value.text);
  if (value instanceof Map) {
    return Object.fromEntries(
      [...(value as LosslessObject)].map(([key, member]) => [key, fromLossless(member)]),
    );
  }
  return (value as readonly LosslessValue[]).map(fromLossless);
}
