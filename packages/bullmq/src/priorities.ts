/** Workflows whose runs wait with the same priority. */
export interface PriorityClass {
  /** As BullMQ counts: 0, without priority, comes before 1, 1 before 2. */
  readonly priority: number;
  readonly workflowIds: readonly string[];
}

/** The classes of these workflows, the first in front. */
export function byPriority(
  workflowIds: readonly string[],
  priorities: Readonly<Record<string, number>>,
): readonly PriorityClass[] {
  const classes = Map.groupBy(workflowIds, (id) => priorities[id] ?? 0);
  return [...classes]
    .map(([priority, ids]) => ({ priority, workflowIds: ids }))
    .toSorted((a, b) => a.priority - b.priority);
}
