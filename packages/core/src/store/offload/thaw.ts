import type { JsonObject, JsonValue } from "../../json/json-value.ts";
import { applyPatch, type Patch, type PatchOperation } from "../../json/patch.ts";
import { markedId, thawMarker } from "./marker.ts";

/** Gives what an artifact holds. */
export type FetchContent = (artifactId: string) => Promise<JsonValue>;

/**
 * A patch that fits `vars` at rest. Where it leads into an offloaded list, the list comes back first: two operations,
 * the first of which says that they are not the user's. What is written to often so lies in `vars` itself from its
 * first change on, and costs no artifact per change.
 *
 * @param vars at rest, before the patch
 * @param patch its values at rest already
 */
export async function thaw(vars: JsonObject, patch: Patch, fetch: FetchContent): Promise<Patch> {
  const thawed: PatchOperation[] = [];
  let now = vars;
  for (const [index, operation] of patch.entries()) {
    const added = [...(await thawsFor(now, operation.path, fetch)), operation];
    thawed.push(...added);
    if (index < patch.length - 1) now = applyPatch(now, added);
  }
  return thawed.length === patch.length ? patch : thawed;
}

async function thawsFor(vars: JsonObject, path: string, fetch: FetchContent): Promise<Patch> {
  const operations: PatchOperation[] = [];
  let value: JsonValue | undefined = vars;
  for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
    const parent = path.slice(0, end);
    value = memberOf(value, parent.slice(parent.lastIndexOf("/") + 1));
    const id = typeof value === "string" ? markedId(value) : undefined;
    if (id === undefined) continue;
    value = await fetch(id);
    operations.push({ op: "replace", path: parent, value: thawMarker });
    operations.push({ op: "replace", path: parent, value });
  }
  return operations;
}

/** The member at one part of a JSON Pointer (RFC 6901). */
function memberOf(value: JsonValue | undefined, part: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

/** A patch without the operations that only undid an offloading. */
export function withoutThaws(patch: Patch): Patch {
  const isThaw = (index: number): boolean => {
    const operation = patch[index];
    return operation?.op === "replace" && operation.value === thawMarker;
  };
  return patch.filter((_operation, index) => !isThaw(index) && !isThaw(index - 1));
}
