import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Change, DurableStore, StoredRun } from "../ports/durable-store.ts";

/**
 * The run that a change follows, as the store has it; `undefined` when the store can only refuse the change, or knows it
 * already: the run is past that revision, and revisions never come back.
 *
 * @throws run_not_found, revision_conflict
 */
export async function runBefore(
  store: Pick<DurableStore, "load">,
  { runId, expectedRevision }: Pick<Change, "runId" | "expectedRevision">,
  options: Abortable,
): Promise<StoredRun | undefined> {
  const stored = await store.load(runId, options);
  if (stored === undefined)
    throw new AbstractRuntimeError("run_not_found", `there is no run ${runId}`, {
      details: { runId },
    });
  const { revision } = stored.run;
  if (revision > expectedRevision) return undefined;
  if (revision === expectedRevision) return stored;
  throw new AbstractRuntimeError(
    "revision_conflict",
    `${runId} is at revision ${revision}, not ${expectedRevision}: load it again`,
    { details: { runId, expected: expectedRevision, actual: revision } },
  );
}
