import type { JsonValue } from "../json/json-value.ts";

/** A number, or a text of digits; null for anything else. */
export function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : null;
}

/** The same without its fraction. */
export function wholeNumber(value: JsonValue | undefined): number | null {
  const number = numberOf(value);
  return number === null ? null : Math.trunc(number);
}

/** What stands for an amount that was used: never negative, nothing where it can't be read. */
export function amountOf(value: JsonValue | undefined): number {
  return Math.max(0, numberOf(value) ?? 0);
}

/**
 * The sum of two amounts. Fractions are kept to 9 digits, so that sums of costs, up to millions, do not depend on their
 * order; beyond 2^53 it stays there.
 */
export function plus(a: number, b: number): number {
  const sum = Math.min(a + b, Number.MAX_SAFE_INTEGER);
  return Number.isInteger(sum) ? sum : Number(sum.toFixed(9));
}
