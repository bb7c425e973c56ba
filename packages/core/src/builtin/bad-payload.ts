import { failedOutcome, type FailedOutcome } from "../step/outcome.ts";

/** A payload that will not get better by trying again. */
export function badPayload(message: string): FailedOutcome {
  return failedOutcome("invalid_argument", message, { final: true, certain: true });
}

/** 0.2.0 reads keys as text whatever they are. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What 0.2.0 takes for given: not null, not empty, not zero, not false. */
export function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
