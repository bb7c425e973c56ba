import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

const pattern = /^[A-Za-z0-9_-][A-Za-z0-9._@=+-]{0,199}$/;

/** Whether `assertId` takes it. */
export function isId(id: string): boolean {
  return pattern.test(id);
}

/**
 * Refuse an id that could not be part of a file name on every system, or that could leave its folder: 1 to 200 of
 * `A-Z a-z 0-9 . _ @ = + -`, and the first no dot, `@`, `=` or `+`.
 *
 * @param what names the id in the message: `run id`.
 * @throws invalid_id
 */
export function assertId(id: unknown, what: string): asserts id is string {
  if (typeof id === "string" && isId(id)) return;
  const shown = typeof id === "string" ? JSON.stringify(id.slice(0, 80)) : typeof id;
  throw new AbstractRuntimeError(
    "invalid_id",
    `${what} ${shown}: use 1 to 200 of A-Z a-z 0-9 . _ @ = + - with a letter, digit, _ or - first`,
  );
}
