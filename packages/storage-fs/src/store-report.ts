import type { AbstractRuntimeError } from "@abstractruntime/core/store";
import type { TornTail } from "./run/run-on-disk.ts";

/** A run whose files can't be read. It is in no list; loading it says the same. */
export interface DamagedRun {
  readonly runId: string;
  readonly file: string;
  /** The byte at which the file stops making sense; 0 for the whole file. */
  readonly offset: number;
  readonly message: string;
}

/** What opening a folder put right: what a crash had left of writes that nobody was told of. */
export type Recovered =
  | (TornTail & { readonly kind: "torn_tail" })
  /** A run whose first commit never came. */
  | { readonly kind: "unborn_run"; readonly file: string }
  /** A commit that touched several runs, and was now done to its end. */
  | { readonly kind: "finished_commit"; readonly file: string; readonly runId: string };

export interface StoreReport {
  readonly damaged: readonly DamagedRun[];
  readonly recovered: readonly Recovered[];
}

export function damagedRuns(
  damaged: ReadonlyMap<string, AbstractRuntimeError>,
): readonly DamagedRun[] {
  return Array.from(damaged, ([runId, { message, details }]) => ({
    runId,
    file: typeof details["file"] === "string" ? details["file"] : "",
    offset: typeof details["offset"] === "number" ? details["offset"] : 0,
    message,
  }));
}
