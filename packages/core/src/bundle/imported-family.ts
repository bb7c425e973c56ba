import { consequences } from "../drive/consequences.ts";
import { isCounted } from "../join/join-tally.ts";
import type { AddressedMessage } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import type { BundleHeader } from "./bundle-lines.ts";
import type { ImportedRun } from "./imported-run.ts";

/**
 * Refuse runs that are no family: each but the first has its parent before it, and every child is there that a run waits
 * for.
 *
 * @throws Error
 */
export function assertFamily(
  { rootRunId, runs: count }: BundleHeader,
  runs: readonly ImportedRun[],
): void {
  if (runs.length !== count) throw new Error(`it holds ${runs.length} runs, not ${count}`);
  const byId = new Map<string, ImportedRun>();
  for (const imported of runs) {
    const { runId, parentRunId } = imported.run;
    if (byId.has(runId)) throw new Error(`run ${runId} is in it twice`);
    if (byId.size === 0 && runId !== rootRunId)
      throw new Error(`it begins with run ${runId}, not with ${rootRunId}`);
    if (byId.size > 0 && (parentRunId === null || !byId.has(parentRunId)))
      throw new Error(`run ${runId} is below no run of this bundle`);
    byId.set(runId, imported);
  }
  for (const { run, messages } of runs) {
    const told = new Set(messages.map((message) => "childId" in message && message.childId));
    for (const childId of awaitedChildren(run, runs))
      if (byId.get(childId)?.run.parentRunId !== run.runId && !told.has(childId))
        throw new Error(`run ${run.runId} waits for ${childId}, which is not in it`);
  }
}

/** Ids of the children that a run waits for; made up where they are missing. */
function awaitedChildren(run: RunState, runs: readonly ImportedRun[]): readonly string[] {
  const { waiting } = run;
  // Of a wait of 0.2.0 nobody knows the step, and its child's end never comes by itself.
  if (waiting === null || waiting.stepId === null) return [];
  const childId = waiting.details?.["sub_run_id"];
  if (waiting.reason === "subworkflow" && typeof childId === "string") return [childId];
  if (waiting.join === null) return [];
  const byIndex = new Map(
    runs
      .filter(({ run: child }) => isChildOf(child, run, waiting.stepId))
      .map(({ run: child }) => [child.parent?.index, child.runId]),
  );
  return Array.from(
    { length: waiting.join.begun },
    (_, index) => byIndex.get(index) ?? `child ${index} of its step`,
  );
}

/**
 * What brings the inboxes of imported runs to where they were: unread messages, and the ends of children that a store
 * counts for the wait of their parent.
 */
export function inboxesOf(runs: readonly ImportedRun[]): readonly AddressedMessage[] {
  const unread = runs.flatMap(({ run, messages }) =>
    messages.map((message) => ({ runId: run.runId, message })),
  );
  const counted = runs.flatMap(({ run, records }) => {
    const last = records.at(-1);
    if (!isEnded(run) || last === undefined) return [];
    return consequences(run, run, last).filter(({ message }) => isCounted(message));
  });
  return [...unread, ...counted];
}

function isChildOf(child: RunState, parent: RunState, stepId: string | null): boolean {
  return child.parentRunId === parent.runId && child.parent?.stepId === stepId;
}
