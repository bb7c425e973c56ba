import { AbstractRuntimeError, isAbstractRuntimeError } from "@abstractruntime/core/store";

/** Stored data that can't be read: which file, at which byte, and why. */
export function corrupt(
  file: string,
  offset: number,
  why: string,
  cause?: unknown,
): AbstractRuntimeError {
  // What a codec complains of names the file already, and the place in it.
  const what = why.startsWith(file) ? why : `${file}, byte ${offset}: ${why}`;
  return new AbstractRuntimeError(
    "store_corrupt",
    `${what}; see verifyStore and repairStore, or restore the file from a backup`,
    { details: { file, offset }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** The same with what JSON.parse, a codec or a fold threw as the reason; what is no complaint about content is passed on. */
export function corruptBy(file: string, offset: number, cause: unknown): unknown {
  const isAboutContent = cause instanceof SyntaxError || isAbstractRuntimeError(cause);
  return isAboutContent ? corrupt(file, offset, cause.message, cause) : cause;
}
