import type { RunState } from "../run/run-state.ts";

/** How runs of one older version of a workflow go on with the version that says this. Data, but for `vars`. */
export interface Migration<Node extends string = string> {
  /** The version whose runs are taken over; null: runs of 0.2.0, which had no versions. */
  readonly from: string | null;
  /** Nodes that are called otherwise now, by their old name. All others must exist under the name that they had. */
  readonly nodes?: Readonly<Record<string, Node>> | undefined;
  /** Places in `vars` (dotted paths) that moved, by their old path: results that are still to come are written there. */
  readonly resultKeys?: Readonly<Record<string, string>> | undefined;
  /**
   * Bring the `vars` of one run into the new form, in place. Free of side effects: it may be called more than once, also
   * only to see what would come of it. What it throws leaves the run with its old version.
   *
   * @param vars a draft of the run's `vars`
   * @param run the run as its old version left it
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the old version's type is gone with its code
  readonly vars?: ((vars: any, run: RunState) => void) | undefined;
}

/** A migration as it was checked. */
export interface MigrationRules {
  readonly nodes: ReadonlyMap<string, string>;
  readonly resultKeys: ReadonlyMap<string, string>;
  readonly vars: NonNullable<Migration["vars"]> | null;
}
