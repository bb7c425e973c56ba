import { createHash } from "node:crypto";

/** So many bytes of a text fit into any index together with what stands beside it. */
const MAX_INDEXED_BYTES = 1_000;

/** A text as a `text` column takes it: PostgreSQL has no character 0. */
export function safeText(text: string): string {
  if (!/[\0\\]/.test(text)) return text;
  return text.replaceAll("\\", "\\\\").replaceAll("\0", "\\0");
}

export function safeTextOrNull(text: string | null): string | null {
  return text === null ? null : safeText(text);
}

/** The text that `safeText` was given. */
export function givenText(stored: string): string {
  return stored.replace(/\\([\\0])/g, (_, escaped: string) => (escaped === "0" ? "\0" : "\\"));
}

export function givenTextOrNull(stored: string | null): string | null {
  return stored === null ? null : givenText(stored);
}

/** A text as an indexed column takes it, which is compared and never shown: a long one by its hash. */
export function indexedText(text: string): string {
  const safe = safeText(text);
  if (Buffer.byteLength(safe) <= MAX_INDEXED_BYTES) return safe;
  return `\\h${createHash("sha256").update(text).digest("hex")}`; // `safeText` gives no \h
}

export function indexedTextOrNull(text: string | null): string | null {
  return text === null ? null : indexedText(text);
}

/** The literal of an indexed `text[]` column; null for an empty list. */
export function arrayLiteral(texts: readonly string[]): string | null {
  if (texts.length === 0) return null;
  const items = texts.map((text) => `"${indexedText(text).replace(/["\\]/g, "\\$&")}"`);
  return `{${items.join(",")}}`;
}
