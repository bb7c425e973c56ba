/**
 * A text as the value of a header: printable ASCII stays, all else is percent-encoded UTF-8, so that no text can end the
 * header or break it. `decodeURIComponent` gives it back.
 */
export function headerText(value: string): string {
  return value.toWellFormed().replace(/[^\x21-\x24\x26-\x7e ]+|^ +| +$/gu, encodeURIComponent);
}

/** JSON as the value of a header: compact, in the order it has, with escapes for what is not printable ASCII. */
export function headerJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
