import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyObject } from "./copy-object.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { isPrototypeKey } from "./prototype-keys.ts";

/** One operation of a JSON Patch (RFC 6902). `path` is a JSON Pointer (RFC 6901) into the run's `vars`. */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string };

/** A JSON Patch over `vars`. */
export type Patch = readonly PatchOperation[];

/**
 * The document after a patch. `base` stays as it is, and what the patch does not touch is shared with it.
 *
 * @throws invalid_argument an operation does not fit the document: it replaces or removes what is not there, names an
 *   index beyond a list, leads through a scalar, has a key that could reach a prototype, or makes the document no object
 */
export function applyPatch(base: JsonObject, patch: Patch): JsonObject {
  const work: Work = { document: base, own: new Set() };
  for (const operation of patch) apply(work, operation);
  return work.document;
}

type Container = JsonObject | readonly JsonValue[];
type WritableObject = { [key: string]: JsonValue };

interface Work {
  document: JsonObject;
  /** Containers that this call has copied and may write, so that many operations on one list copy it once. */
  readonly own: Set<Container>;
}

function apply(work: Work, operation: PatchOperation): void {
  const keys = parsePointer(operation);
  const last = keys.pop();
  if (last === undefined) {
    work.document = wholeDocument(operation);
    return;
  }
  let parent: Container = (work.document = ownCopy(work, work.document));
  for (const key of keys) parent = ownChild(work, parent, key, operation);
  if (isList(parent)) changeList(parent as JsonValue[], last, operation);
  else changeObject(parent, last, operation);
}

function wholeDocument(operation: PatchOperation): JsonObject {
  if (operation.op === "remove") return refuse(operation, "the whole document can't be removed");
  return isObject(operation.value)
    ? operation.value
    : refuse(operation, "the document must stay an object");
}

function ownCopy<Kind extends Container>(work: Work, container: Kind): Kind {
  if (work.own.has(container)) return container;
  const copy = copyOf(container) as Kind;
  work.own.add(copy);
  return copy;
}

function copyOf(container: Container): Container {
  return isList(container) ? [...container] : copyObject(container);
}

function ownChild(
  work: Work,
  parent: Container,
  key: string,
  operation: PatchOperation,
): Container {
  const child = isList(parent)
    ? parent[listIndex(key, parent.length - 1, operation)]
    : ownMember(parent, key);
  if (typeof child !== "object" || child === null)
    return refuse(operation, `nothing can be inside of ${name(key)}`);
  const copy = ownCopy(work, child);
  if (copy !== child) (parent as WritableObject)[key] = copy;
  return copy;
}

function changeList(list: JsonValue[], key: string, operation: PatchOperation): void {
  if (operation.op === "add") {
    list.splice(
      key === "-" ? list.length : listIndex(key, list.length, operation),
      0,
      operation.value,
    );
    return;
  }
  const index = listIndex(key, list.length - 1, operation);
  if (operation.op === "replace") list[index] = operation.value;
  else list.splice(index, 1);
}

function changeObject(object: WritableObject, key: string, operation: PatchOperation): void {
  if (operation.op !== "add" && !Object.hasOwn(object, key))
    refuse(operation, `there is no ${name(key)}`);
  if (operation.op === "remove") delete object[key];
  else object[key] = operation.value;
}

function ownMember(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function listIndex(key: string, highest: number, operation: PatchOperation): number {
  const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN;
  return index <= highest ? index : refuse(operation, `${name(key)} is no index of the list`);
}

function parsePointer(operation: PatchOperation): string[] {
  const { path } = operation;
  if (path === "") return [];
  if (!path.startsWith("/")) return refuse(operation, "a path begins with /");
  const keys = path.slice(1).split("/");
  if (path.includes("~")) return keys.map((key) => checkKey(unescape(key, operation), operation));
  for (const key of keys) checkKey(key, operation);
  return keys;
}

function unescape(key: string, operation: PatchOperation): string {
  if (/~(?![01])/.test(key)) return refuse(operation, "~ stands only in ~0 and ~1");
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

function checkKey(key: string, operation: PatchOperation): string {
  return isPrototypeKey(key) ? refuse(operation, `the key ${key} is reserved`) : key;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function name(key: string): string {
  return JSON.stringify(key);
}

function refuse(operation: PatchOperation, why: string): never {
  const { op, path } = operation;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `patch: ${op} ${JSON.stringify(path)}: ${why}`,
    {
      details: { op, path },
    },
  );
}
