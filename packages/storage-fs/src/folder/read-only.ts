import { AbstractRuntimeError } from "@abstractruntime/core/store";

/** What a write to a store that was opened with `readOnly` throws. */
export function readOnlyError(path: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_read_only",
    `${path} was opened for reading: open it without readOnly to write`,
    { details: { path } },
  );
}
