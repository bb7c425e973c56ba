import type { LimitWarning } from "../limits/check-limits.ts";
import { budgetKeys } from "../limits/budget-keys.ts";
import type { Grant } from "../limits/grant.ts";
import { usageFields, type Usage } from "../limits/usage.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Fields } from "./fields.ts";

/** What was used, at rest: only amounts that are something. */
export function encodeUsage(usage: Usage): JsonObject {
  const fields: { [key: string]: JsonValue } = {};
  for (const { name, atRest } of usageFields) {
    const amount = usage[name];
    if (amount !== undefined) fields[atRest] = amount;
  }
  return fields;
}

/** @throws store_corrupt */
export function decodeUsage(fields: Fields): Usage {
  const usage: { -readonly [Name in keyof Usage]: number } = {};
  for (const { name, atRest } of usageFields)
    if (fields.has(atRest)) usage[name] = fields.amount(atRest);
  return usage;
}

/** The `usage` of a record or a message that may have one. @throws store_corrupt */
export function readUsage(fields: Fields): { readonly usage?: Usage } {
  return fields.has("usage") ? { usage: decodeUsage(fields.inner("usage")) } : {};
}

/** A warning by 0.2.0's names of its fields. */
export function encodeWarning({
  limitType,
  status,
  current,
  maximum,
  pct,
}: LimitWarning): JsonObject {
  return { limit_type: limitType, status, current, maximum, pct };
}

/** @throws store_corrupt */
export function decodeWarning(fields: Fields): LimitWarning {
  return {
    limitType: fields.oneOf("limit_type", ["iterations", "tokens", ...budgetKeys]),
    status: fields.oneOf("status", ["warning", "exceeded"]),
    current: fields.amount("current"),
    maximum: fields.amount("maximum"),
    pct: fields.amount("pct"),
  };
}

/** What a child was given, by the names of the bounds in `_limits`. @throws store_corrupt */
export function decodeGrant(fields: Fields): Grant {
  const grant: { -readonly [Key in keyof Grant]: number } = {};
  for (const key of ["max_iterations", ...budgetKeys] as const)
    if (fields.has(key)) grant[key] = fields.amount(key);
  return grant;
}
