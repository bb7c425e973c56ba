import type { JsonObject, JsonValue } from "@abstractruntime/core";
import type { Condition } from "./scenario.ts";

/** What placeholders of a scenario stand for. */
export interface Surroundings {
  readonly vars: JsonObject;
  /** Fields of the run, by their names in JSON. */
  readonly run: JsonObject;
  readonly visit: number;
  readonly next: string | null;
}

/** The value with its placeholders replaced: `$var`, `$run`, `$visit`, `$next`. */
export function substitute(value: JsonValue, around: Surroundings): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => substitute(item, around));
  if (!isObject(value)) return value;
  const placeholder = Object.keys(value).length === 1 ? placeholderIn(value, around) : undefined;
  if (placeholder !== undefined) return placeholder;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, substitute(inner, around)]),
  );
}

function placeholderIn(value: JsonObject, around: Surroundings): JsonValue | undefined {
  if (typeof value["$var"] === "string") return at(around.vars, value["$var"]) ?? null;
  if (typeof value["$run"] === "string") return around.run[value["$run"]] ?? null;
  if (value["$visit"] === true) return around.visit;
  if (value["$next"] === true) return around.next;
  return undefined;
}

/** Whether a case is taken. */
export function holds(condition: Condition | undefined, visit: number, vars: JsonObject): boolean {
  if (condition === undefined) return true;
  if (condition.visit !== undefined) return visit === condition.visit;
  if (condition.visit_below !== undefined) return visit < condition.visit_below;
  const value = at(vars, condition.var ?? "");
  if (condition.missing === true) return value === undefined;
  if (condition.below !== undefined) return Number(value ?? 0) < condition.below;
  return JSON.stringify(value ?? null) === JSON.stringify(condition.equals ?? null);
}

/** Write a value into vars in place; `{"$inc": n}` adds. */
export function setVar(vars: object, path: string, value: JsonValue, around: Surroundings): void {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let parent = vars as Record<string, unknown>;
  for (const part of parts) {
    const inner = parent[part];
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) parent[part] = {};
    parent = parent[part] as Record<string, unknown>;
  }
  const isSum = isObject(value) && typeof value["$inc"] === "number";
  parent[last] = isSum
    ? Number(parent[last] ?? 0) + Number(value["$inc"])
    : substitute(value, around);
}

function at(vars: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = vars;
  for (const part of path.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
