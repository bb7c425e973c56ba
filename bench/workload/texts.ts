import { createHash } from "node:crypto";

/** The n-th text of so many characters: always the same, and hard to compress, as texts of models nearly are. */
export function textOf(n: number, length: number): string {
  const bytes = Math.ceil((length * 3) / 4);
  const hash = createHash("shake256", { outputLength: bytes });
  return hash.update(`${n}`).digest("base64").slice(0, length);
}

export interface Document {
  readonly text: string;
  note: string;
}

/** So many documents of a kilobyte. */
export function documentsOf(kilobytes: number): Document[] {
  return Array.from({ length: kilobytes }, (_, n) => ({ text: textOf(n, 1_000), note: "" }));
}

/** What a step writes into one of the documents. */
export function noteOf(n: number): string {
  return textOf(n, 100);
}
