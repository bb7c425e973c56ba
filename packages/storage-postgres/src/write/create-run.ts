import { checkCopy, noSuchCopy, type NewRun, type StoredRun } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import { loadHeads } from "../read/load-heads.ts";
import { loadRuns } from "../read/load-runs.ts";
import type { RunSizes } from "./run-sizes.ts";
import type { Writer } from "./writer.ts";

export interface CreateParts {
  readonly database: Database;
  readonly sizes: RunSizes;
  readonly writer: Writer;
}

/** `DurableStore.create`. */
export async function createRun(
  parts: CreateParts,
  given: NewRun,
): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
  const { runId } = given.run;
  await assertCopyable(parts.database, given);
  const isNew = await parts.writer.create(given);
  const stored = (await loadRuns(parts.database, parts.sizes, [runId])).get(runId);
  if (stored === undefined) return createRun(parts, given); // it was purged in between
  return { created: isNew || (await wasCreatedBy(parts.database, given)), stored };
}

/** @throws run_not_found, invalid_argument what a fork copies is not there */
async function assertCopyable(database: Database, given: NewRun): Promise<void> {
  const { copyOf, run } = given;
  if (copyOf === undefined) return;
  const { rows } = await loadHeads(database, [run.runId, copyOf.runId]);
  if (rows.has(run.runId)) return;
  const origin = rows.get(copyOf.runId);
  checkCopy(given, origin);
  if (origin !== undefined && copyOf.seq <= origin.foldFrom)
    throw noSuchCopy(
      given,
      `run ${copyOf.runId} was adopted from 0.2.0 after record ${copyOf.seq}`,
    );
}

async function wasCreatedBy(database: Database, { run, commitId }: NewRun): Promise<boolean> {
  const { rows } = await database.query<{ readonly created_by: string }>(
    "created_by",
    "select created_by from {s}.runs where run_id = $1",
    [run.runId],
  );
  return rows[0]?.created_by === safeText(commitId);
}
