import { isEqualJson } from "../json/is-equal-json.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { PatchOperation } from "../json/patch.ts";
import { isPrototypeKey } from "../json/prototype-keys.ts";

/** An operation of a JSON Patch (RFC 6902), with the value that was there before; absent for `add`. */
export type ValueChange = PatchOperation & { readonly old?: JsonValue };

/**
 * What makes one object of another, as a JSON Patch with old values. What both share is not looked at. Items of lists
 * are compared place by place, between what the lists begin and end with in common.
 */
export function diffJson(from: JsonObject, to: JsonObject): readonly ValueChange[] {
  const changes: ValueChange[] = [];
  diffObjects("", from, to, changes);
  return changes;
}

function diffValues(path: string, from: JsonValue, to: JsonValue, changes: ValueChange[]): void {
  if (from === to) return;
  if (isJsonObject(from) && isJsonObject(to) && hasPaths(from) && hasPaths(to))
    diffObjects(path, from, to, changes);
  else if (isList(from) && isList(to)) diffLists(path, from, to, changes);
  else if (!isEqualJson(from, to)) changes.push({ op: "replace", path, value: to, old: from });
}

/** Whether a patch may lead to all members: some keys are data that no path may name. */
function hasPaths(object: JsonObject): boolean {
  return !Object.keys(object).some(isPrototypeKey);
}

function diffObjects(path: string, from: JsonObject, to: JsonObject, changes: ValueChange[]): void {
  for (const [key, old] of Object.entries(from))
    if (!Object.hasOwn(to, key)) changes.push({ op: "remove", path: inner(path, key), old });
  for (const [key, value] of Object.entries(to)) {
    const old = Object.hasOwn(from, key) ? from[key] : undefined;
    if (old === undefined) changes.push({ op: "add", path: inner(path, key), value });
    else diffValues(inner(path, key), old, value, changes);
  }
}

type List = readonly JsonValue[];

function diffLists(path: string, from: List, to: List, changes: ValueChange[]): void {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && isEqualJson(from[head], to[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && isEqualJson(from.at(-1 - tail), to.at(-1 - tail))) tail += 1;
  const both = shorter - tail;
  for (let index = head; index < both; index += 1)
    diffValues(inner(path, index), from[index] ?? null, to[index] ?? null, changes);
  for (const value of to.slice(both, to.length - tail).toReversed())
    changes.push({ op: "add", path: inner(path, both), value });
  for (const old of from.slice(both, from.length - tail))
    changes.push({ op: "remove", path: inner(path, both), old });
}

function isList(value: JsonValue): value is List {
  return Array.isArray(value);
}

/** A path, one part further: JSON Pointer (RFC 6901). */
function inner(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
