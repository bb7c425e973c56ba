import {
  encodeRun,
  type JsonObject,
  type JsonValue,
  type RunState,
} from "@abstractruntime/core/store";
import type { LedgerProblem } from "./ledger-problem.ts";

/** What is wrong with a stored state, given what the records make. */
export function compareStates(folded: RunState, stored: RunState): readonly LedgerProblem[] {
  const path = firstDifference(encodeRun(folded), encodeRun(stored), "");
  return path === undefined ? [] : [{ type: "state_mismatch", path }];
}

/** Where two values first differ, in order of the first one's members: `vars.items[3].name`. `undefined`: nowhere. */
function firstDifference(
  one: JsonValue | undefined,
  other: JsonValue | undefined,
  path: string,
): string | undefined {
  if (Object.is(one, other)) return undefined;
  if (!isContainer(one) || !isContainer(other) || Array.isArray(one) !== Array.isArray(other))
    return path;
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = firstDifference(member(one, key), member(other, key), inner(path, key, one));
    if (found !== undefined) return found;
  }
  return undefined;
}

type Container = JsonObject | readonly JsonValue[];

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === "object" && value !== null;
}

function member(value: Container, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

function inner(path: string, key: string, container: Container): string {
  if (Array.isArray(container)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}
