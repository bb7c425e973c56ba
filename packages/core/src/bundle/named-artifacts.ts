/** `{"$artifact":"<id>"}` and `"$offloaded:<id>"`, as they stand in text that is JSON. */
const references = /"\$artifact":\s*"([A-Za-z0-9_-]{1,200})"|"\$offloaded:([A-Za-z0-9_-]{1,200})"/g;

/** Artifacts that a text names, by what it does with them. */
export interface NamedArtifacts {
  /** Referred to by the user. They may be gone, and are the user's own affair then. */
  readonly referred: Set<string>;
  /** Stand for a value, where the store offloads: without them the run can't be read. */
  readonly offloaded: Set<string>;
}

export function noneNamed(): NamedArtifacts {
  return { referred: new Set(), offloaded: new Set() };
}

/** Note what a piece of JSON names. Other texts that happen to look alike are noted, too. */
export function noteNamed(text: string, named: NamedArtifacts): void {
  if (!text.includes("$")) return;
  for (const [, referred, offloaded] of text.matchAll(references)) {
    if (referred !== undefined) named.referred.add(referred);
    // In a patch, this says that a value comes back.
    if (offloaded !== undefined && offloaded !== "thaw") named.offloaded.add(offloaded);
  }
}
