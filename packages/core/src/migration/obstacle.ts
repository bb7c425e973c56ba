/** Why a run can't go on with a graph that is not the one it was started with. */
export type ObstacleCode =
  /** The run has not begun yet, and may only be started by a version that is not registered. */
  | "other_version"
  /** No registered version offers a migration from the run's. */
  | "no_migration"
  /** The run names a node that the new graph does not have, even under another name. */
  | "missing_node"
  /** The migration's `vars` threw, or did what it must not. */
  | "migration_failed"
  /** The run's vars do not match the new version's schema. */
  | "schema_mismatch"
  /** The run has children to begin yet, at nodes or with values that the migration changes. */
  | "children_to_begin"
  /** The run is a branch, and the run that it belongs to can't be migrated. */
  | "parent_not_migrated";

export interface Obstacle {
  readonly code: ObstacleCode;
  readonly message: string;
}
