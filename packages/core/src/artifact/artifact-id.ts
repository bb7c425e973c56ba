import { createHash } from "node:crypto";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

const pattern = /^[A-Za-z0-9_-]{1,200}$/;

/** The id of content: the first 32 hex digits of its SHA-256. */
export function computeArtifactId(content: Uint8Array): string {
  return artifactIdOfHash(createHash("sha256").update(content).digest("hex"));
}

/** The id of content whose SHA-256 (hex) is known, for stores that hash a stream as it passes. */
export function artifactIdOfHash(sha256: string): string {
  return sha256.slice(0, 32);
}

/**
 * Refuse an artifact id that could not be a file name, or could leave its folder.
 *
 * @throws invalid_id
 */
export function assertArtifactId(id: unknown): asserts id is string {
  // `$` also matches before a last newline in other languages; in JavaScript, without the m flag, it doesn't.
  if (typeof id === "string" && pattern.test(id)) return;
  const shown = typeof id === "string" ? JSON.stringify(id.slice(0, 80)) : typeof id;
  throw new AbstractRuntimeError(
    "invalid_id",
    `artifact id ${shown}: use 1 to 200 of A-Z a-z 0-9 _ -, or leave it out`,
  );
}
