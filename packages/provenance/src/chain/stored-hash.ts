/** The hash that a stored line says it has; null when it has none, and when it is no record. */
export function storedHash(line: string): string | null {
  try {
    const record = JSON.parse(line) as { readonly record_hash?: unknown } | null;
    const hash = record?.record_hash;
    return typeof hash === "string" && hash !== "" ? hash : null;
  } catch {
    return null;
  }
}
