import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** @param line of the bundle, from 1; null: the bundle as a whole. */
export function bundleInvalid(
  message: string,
  line: number | null = null,
  cause?: unknown,
): AbstractRuntimeError {
  const where = line === null ? "" : `, line ${line}`;
  return new AbstractRuntimeError("bundle_invalid", `bundle${where}: ${message}`, {
    ...(line !== null && { details: { line } }),
    ...(cause !== undefined && { cause }),
  });
}

/** What a check of the bundle's own content says; whatever it throws is the bundle's fault. @throws bundle_invalid */
export function checked<Value>(line: number | null, check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    if (isAbstractRuntimeError(error, "bundle_invalid")) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw bundleInvalid(message, line, error);
  }
}
