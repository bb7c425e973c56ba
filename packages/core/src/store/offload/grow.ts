import { getJson } from "../../artifact/text-and-json.ts";
import {
  AbstractRuntimeError,
  isAbstractRuntimeError,
} from "../../errors/abstract-runtime-error.ts";
import type { JsonValue } from "../../json/json-value.ts";
import type { Abortable } from "../../ports/abortable.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import { markedId, unescapeText } from "./marker.ts";
import type { MapValue } from "../map-values.ts";

/** What artifacts hold, by id: a text as it is, a list with its items at rest. */
type Contents = ReadonlyMap<string, JsonValue>;

const fetchesAtOnce = 16;

/**
 * Give back all values that something at rest refers to.
 *
 * @param walk applies a function to each value of it and makes a new one; it is called more than once.
 * @throws store_corrupt an artifact is missing or damaged
 */
export async function grow<Item>(
  walk: (map: MapValue) => Item,
  artifacts: ArtifactStore,
  options: Abortable,
): Promise<Item> {
  const contents = new Map<string, JsonValue>();
  let missing = new Set<string>();
  walk((value) => collect(value, missing));
  while (missing.size > 0) {
    const next = new Set<string>();
    for (const [id, content] of await fetchAll([...missing], artifacts, options)) {
      contents.set(id, content);
      if (typeof content !== "string") collect(content, next);
    }
    missing = new Set([...next].filter((id) => !contents.has(id)));
  }
  return walk((value) => growValue(value, contents));
}

/** What an artifact holds: a text as it is, a list with its items at rest. */
export async function fetchContent(
  artifactId: string,
  artifacts: ArtifactStore,
  options: Abortable,
): Promise<JsonValue> {
  try {
    return await getJson(artifacts, artifactId, { ...options, maxBytes: Infinity });
  } catch (cause) {
    if (!isAbstractRuntimeError(cause, "artifact_not_found")) throw cause;
    const message = `artifact ${artifactId} is missing, and a run refers to it: restore it from a backup`;
    throw new AbstractRuntimeError("store_corrupt", message, { cause, details: { artifactId } });
  }
}

async function fetchAll(
  ids: readonly string[],
  artifacts: ArtifactStore,
  options: Abortable,
): Promise<readonly (readonly [string, JsonValue])[]> {
  const fetched: (readonly [string, JsonValue])[] = [];
  for (let index = 0; index < ids.length; index += fetchesAtOnce) {
    const batch = ids.slice(index, index + fetchesAtOnce);
    const contents = batch.map(
      async (id) => [id, await fetchContent(id, artifacts, options)] as const,
    );
    fetched.push(...(await Promise.all(contents)));
  }
  return fetched;
}

/** Note the artifacts that a value refers to. Returns the value itself. */
export function collect(value: JsonValue, found: Set<string>): JsonValue {
  if (typeof value === "string") {
    const id = markedId(value);
    if (id !== undefined) found.add(id);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) collect(member, found);
  }
  return value;
}

/** The value as its user knows it; what holds no marker is shared with what is at rest. */
function growValue(value: JsonValue, contents: Contents): JsonValue {
  if (typeof value === "string") return growText(value, contents);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) {
    const grown = value.map((item) => growValue(item, contents));
    return grown.some((item, index) => item !== value[index]) ? grown : value;
  }
  const members = Object.entries(value);
  const grown = members.map(([key, member]) => [key, growValue(member, contents)] as const);
  const changed = grown.some(([, member], index) => member !== members[index]?.[1]);
  // Not by assignment: a key may be `__proto__`.
  return changed ? Object.fromEntries(grown) : value;
}

function growText(text: string, contents: Contents): JsonValue {
  const id = markedId(text);
  if (id === undefined) return unescapeText(text);
  const content = contents.get(id) ?? null;
  return typeof content === "string" ? content : growValue(content, contents);
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
