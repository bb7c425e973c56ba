/**
 * What stands at rest for an offloaded text or list: a text, `$offloaded:2cf24dba5fb0a30e26e83b2ac5b9e29e`. A text and
 * not an object, because texts and lists are what it stands for: patches and result keys treat it as they would treat
 * those. A text of the user's that looks like a marker gets one more `$` in front, so that nothing is ambiguous.
 */
const prefix = "$offloaded:";
const looksLikeMarker = /^\$+offloaded:/;

/** In a patch: the next operation only undoes an offloading, and is no operation of the user's. */
export const thawMarker: string = `${prefix}thaw`;

/** The marker for an artifact. */
export function markerOf(artifactId: string): string {
  return prefix + artifactId;
}

/** The id of the artifact that a text at rest stands for, or `undefined` when it is a text of the user's. */
export function markedId(text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** A text of the user's, as it is at rest. */
export function escapeText(text: string): string {
  return looksLikeMarker.test(text) ? `$${text}` : text;
}

/** A text of the user's, from what is at rest. */
export function unescapeText(text: string): string {
  return text.startsWith("$") && looksLikeMarker.test(text) ? text.slice(1) : text;
}
