import { randomBytes } from "node:crypto";

/** A key that ends with the test. */
export function newKey(): Uint8Array {
  return randomBytes(32);
}
