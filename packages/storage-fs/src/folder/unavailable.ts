import { AbstractRuntimeError } from "@abstractruntime/core/store";

/** A failure of the file system as callers get it: `store_unavailable`. Any other error is given back as it is. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const path = "path" in error && typeof error.path === "string" ? error.path : null;
  const where = path === null ? "" : `${path}: `;
  return new AbstractRuntimeError("store_unavailable", `${where}${error.message}; try again`, {
    cause: error,
    details: path === null ? {} : { file: path },
  });
}
