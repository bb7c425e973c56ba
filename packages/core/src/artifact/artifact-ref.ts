import type { JsonValue } from "../json/json-value.ts";

/** What stands in `vars` and payloads instead of large content: `{"$artifact": "2cf24dba5fb0a30e26e83b2ac5b9e29e"}`. */
export interface ArtifactRef {
  readonly [key: string]: JsonValue;
  readonly $artifact: string;
}

/** The reference to an artifact, by its id. */
export function artifactRef(artifactId: string): ArtifactRef {
  return { $artifact: artifactId };
}

/** Whether a value is a reference: an object whose own `$artifact` is a text. Other keys don't matter. */
export function isArtifactRef(value: unknown): value is ArtifactRef {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "$artifact"))
    return false;
  return typeof (value as { readonly $artifact?: unknown }).$artifact === "string";
}

/** The id that a reference names. */
export function getArtifactId(ref: ArtifactRef): string {
  return ref.$artifact;
}
