/** What a worker is told, as its one argument. */
export interface Job {
  /** The folder of the store. */
  readonly dir: string;
  /** The file of deeds. */
  readonly evidence: string;
  /** Different for each life in a folder, and the seed of its chance. */
  readonly life: number;
  /** Close in an orderly way after so many lines of progress; null works to the end. */
  readonly stopAfter: number | null;
}

/** A line that a worker writes to its standard output. What it said before a kill was so. */
export type Line =
  /** A named place of writing was reached. */
  | { readonly kind: "point"; readonly name: string }
  | { readonly kind: "deed"; readonly text: string }
  | { readonly kind: "opening" | "opened" }
  /** The store acknowledged this revision of a run. */
  | { readonly kind: "committed"; readonly runId: string; readonly revision: number }
  /** A message was accepted; for these runs, or kept for whoever waits first. */
  | { readonly kind: "accepted"; readonly messageId: string; readonly runIds: readonly string[] }
  /** All runs have ended. */
  | { readonly kind: "done" }
  | { readonly kind: "closed" };
