import type { JsonObject } from "../json/json-value.ts";
import { readLimits } from "./limits.ts";
import { measure, type Usage } from "./usage.ts";

export interface LimitWarning {
  readonly limitType: "iterations" | "tokens";
  /** `exceeded`: all of it is used. */
  readonly status: "warning" | "exceeded";
  readonly current: number;
  readonly maximum: number;
  /** As in `getLimitStatus`. */
  readonly pct: number;
}

/** The limits that a run has nearly or wholly used, iterations first. */
export function checkLimits(vars: JsonObject): readonly LimitWarning[] {
  const { iterations, tokens } = measure(readLimits(vars));
  return [...warn("iterations", iterations), ...warn("tokens", tokens)];
}

function warn(
  limitType: LimitWarning["limitType"],
  { current, maximum, pct, warning, exceeded }: Usage,
): readonly LimitWarning[] {
  if (!warning && !exceeded) return [];
  return [{ limitType, status: exceeded ? "exceeded" : "warning", current, maximum, pct }];
}
