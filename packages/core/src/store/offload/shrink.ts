import { computeArtifactId } from "../../artifact/artifact-id.ts";
import type { JsonValue } from "../../json/json-value.ts";
import { escapeText, markerOf } from "./marker.ts";

/** Contents to be put into the artifact store, by id, before what refers to them is committed. */
export type Pieces = Map<string, Uint8Array>;

interface Sized {
  readonly value: JsonValue;
  /** Length of its JSON at rest, estimated in UTF-16 units. */
  readonly size: number;
}

/**
 * A copy of a value as it is at rest: each text and list larger than the threshold is a marker, and its content one
 * more piece. From the inside out, so that a list of large texts stays a list, of markers. Objects stay objects, so that
 * patches and dotted paths find their way; what they hold shrinks.
 */
export function shrink(value: JsonValue, thresholdBytes: number, pieces: Pieces): JsonValue {
  return shrinkValue(value, thresholdBytes, pieces).value;
}

function shrinkValue(value: JsonValue, threshold: number, pieces: Pieces): Sized {
  if (typeof value === "string") {
    const text = escapeText(value);
    const size = text.length + 3;
    return size > threshold ? piece(value, pieces) : { value: text, size };
  }
  if (typeof value !== "object" || value === null) return { value, size: 8 };
  return isList(value)
    ? shrinkList(value, threshold, pieces)
    : shrinkObject(Object.entries(value), threshold, pieces);
}

function shrinkList(list: readonly JsonValue[], threshold: number, pieces: Pieces): Sized {
  let size = 2;
  const value = list.map((item) => {
    const shrunk = shrinkValue(item, threshold, pieces);
    size += shrunk.size + 1;
    return shrunk.value;
  });
  return size > threshold ? piece(value, pieces) : { value, size };
}

function shrinkObject(
  members: readonly (readonly [string, JsonValue])[],
  threshold: number,
  pieces: Pieces,
): Sized {
  let size = 2;
  const shrunk = members.map(([key, member]) => {
    const sized = shrinkValue(member, threshold, pieces);
    size += key.length + 4 + sized.size;
    return [key, sized.value] as const;
  });
  // Not by assignment: a key may be `__proto__`.
  return { value: Object.fromEntries(shrunk), size };
}

/** A text is stored as it is, a list with its items at rest. */
function piece(content: string | readonly JsonValue[], pieces: Pieces): Sized {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const artifactId = computeArtifactId(bytes);
  pieces.set(artifactId, bytes);
  const value = markerOf(artifactId);
  return { value, size: value.length + 3 };
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
