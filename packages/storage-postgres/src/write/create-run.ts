import {
  checkCopy,
  formatInstant,
  freezeRun,
  isEnded,
  ledgerHeadOf,
  type NewRun,
  noSuchCopy,
  parseInstant,
  type RunHead,
  type StoredRun,
} from "@abstractruntime/core/store";
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
  const { created: isNew, now } = await parts.writer.create(given);
  if (isNew && isPlain(given)) return { created: true, stored: storedAs(given, now) };
  const stored = (await loadRuns(parts.database, parts.sizes, [runId])).get(runId);
  if (stored === undefined) return createRun(parts, given); // it was purged in between
  return { created: isNew || (await wasCreatedBy(parts.database, given)), stored };
}

/** Whether a new run is stored just as it was given: nothing that came with it may have changed its head. */
function isPlain({ run, copyOf, texts, children, messages }: NewRun): boolean {
  const isAlone = children.length === 0 && messages.length === 0;
  return isAlone && copyOf === undefined && texts === undefined && run.waiting === null;
}

function storedAs({ run, records, commitId, lease, wakeAt }: NewRun, now: number): StoredRun {
  const held = isEnded(run) ? null : lease;
  const dueAt = isEnded(run) || wakeAt === null ? null : formatInstant(parseInstant(wakeAt));
  const head: RunHead = {
    wakeAt: held === null ? dueAt : formatInstant(now + held.leaseMs),
    leaseId: held?.leaseId ?? null,
    leaseOwner: held?.owner ?? null,
    claims: 0,
    inboxSeq: 0,
    inboxSize: 0,
    commitId,
    ledgerHead: ledgerHeadOf(records),
  };
  return Object.freeze({ run: freezeRun(structuredClone(run)), head: Object.freeze(head) });
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
