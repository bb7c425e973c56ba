import type { JsonValue } from "@abstractruntime/core";

/** What a worker is told, as its one argument. */
export interface Job {
  readonly url: string;
  readonly schema: string;
  /** Names the process; no two have one. */
  readonly name: string;
  /** From 0: who is killed is replaced by another in its place. */
  readonly place: number;
  /** The file that it writes lines to. */
  readonly evidence: string;
}

/** A line that a worker writes to its file in one write. What it said before a kill was so. */
export type Line =
  | Deed
  /** The store acknowledged this revision of a run. */
  | {
      readonly kind: "committed";
      readonly runId: string;
      readonly revision: number;
      readonly commitId: string;
    }
  /** Something happened that must not. */
  | { readonly kind: "fault"; readonly text: string };

/** What an effect handler did, as it says itself. The side effect is the line `end`. */
export interface Deed {
  readonly kind: "deed";
  readonly phase: "start" | "fail" | "end";
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly key: string;
  /** What was returned, for `end`. */
  readonly result: JsonValue;
}
