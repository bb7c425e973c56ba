import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";
import { defaultLimits, type Limits } from "./limits.ts";

/** New values for some of a run's limits, by the names that they have in `vars._limits`. */
export type LimitUpdates = { readonly [Key in LimitKey]?: Limits[Key] };

type LimitKey =
  | "max_iterations"
  | "current_iteration"
  | "max_tokens"
  | "max_output_tokens"
  | "estimated_tokens_used"
  | "max_history_messages"
  | "warn_iterations_pct"
  | "warn_tokens_pct";

interface Rule {
  readonly accepts: (value: number) => boolean;
  readonly nullable: boolean;
  readonly what: string;
}

const maximum: Rule = {
  accepts: Number.isSafeInteger,
  nullable: true,
  what: "a whole number (negative: no limit), or null for the default",
};
const count: Rule = {
  accepts: (value) => Number.isSafeInteger(value) && value >= 0,
  nullable: false,
  what: "a whole number from 0",
};
const percentage: Rule = {
  accepts: (value) => value >= 0 && Number.isFinite(value),
  nullable: true,
  what: "a percentage from 0, or null for the default",
};

const rules: Readonly<Record<LimitKey, Rule>> = {
  max_iterations: maximum,
  current_iteration: count,
  max_tokens: maximum,
  max_output_tokens: { ...count, nullable: true, what: "a whole number from 0, or null for none" },
  estimated_tokens_used: count,
  max_history_messages: {
    accepts: (value) => Number.isSafeInteger(value) && value >= -1,
    nullable: false,
    what: "a whole number from 0, or -1 for all",
  },
  warn_iterations_pct: percentage,
  warn_tokens_pct: percentage,
};

/**
 * Check new limits that came from outside.
 *
 * @throws invalid_argument with the path of a key that is none of the eight, or of a value that it can't have
 */
export function parseLimitUpdates(updates: unknown): LimitUpdates {
  if (typeof updates !== "object" || updates === null || Array.isArray(updates))
    throw refused("limits", "give an object with the limits to change");
  for (const [key, value] of Object.entries(updates)) checkLimit(key, value);
  return { ...updates };
}

/**
 * What new limits change in a run's `vars`, checked. A run without `_limits` gets all of them.
 *
 * @throws invalid_argument as `parseLimitUpdates`
 */
export function limitChanges(vars: JsonObject, updates: unknown): Patch {
  const wanted = Object.entries(parseLimitUpdates(updates));
  const limits = vars["_limits"];
  if (!isJsonObject(limits)) {
    const op = Object.hasOwn(vars, "_limits") ? "replace" : "add";
    return [{ op, path: "/_limits", value: { ...defaultLimits, ...Object.fromEntries(wanted) } }];
  }
  return wanted
    .filter(([key, value]) => !Object.hasOwn(limits, key) || limits[key] !== value)
    .map(([key, value]) => ({
      op: Object.hasOwn(limits, key) ? "replace" : "add",
      path: `/_limits/${key}`,
      value,
    }));
}

function checkLimit(key: string, value: unknown): void {
  const path = `limits.${key}`;
  if (!isLimitKey(key))
    throw refused(path, `there is no such limit; known are ${Object.keys(rules).join(", ")}`);
  const { accepts, nullable, what } = rules[key];
  const accepted = value === null ? nullable : typeof value === "number" && accepts(value);
  if (!accepted) throw refused(path, `${describe(value)} is not ${what}`);
}

function describe(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
}

function isLimitKey(key: string): key is LimitKey {
  return Object.hasOwn(rules, key);
}

function refused(path: string, problem: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `${path}: ${problem}`, { details: { path } });
}
