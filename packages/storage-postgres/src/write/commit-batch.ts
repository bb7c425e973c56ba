import { type Change, renderRecord } from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { type CommitRow, commitStatement } from "./commit-statement.ts";
import { type HeadFacts, headFacts } from "./head-facts.ts";

/** A change on its way, with what of it is made once, however often it is sent. */
export interface PendingCommit {
  readonly change: Change;
  readonly facts: HeadFacts;
  readonly records: readonly string[];
  /** The whole state, when a checkpoint is due. */
  readonly checkpoint: string | null;
}

/** What the row says of a commit that was written. */
export interface WrittenCommit {
  readonly inboxSeq: number;
  readonly size: RunSize;
}

/** Bytes of records since the last checkpoint, and of that. */
export interface RunSize {
  readonly tailBytes: number;
  readonly stateBytes: number;
}

export function pendingCommit(
  change: Change,
  checkpointOf: (bytes: number) => string | null,
): PendingCommit {
  const records = change.records.map(renderRecord);
  const bytes = records.reduce((sum, record) => sum + record.length, 0);
  return { change, facts: headFacts(change.run), records, checkpoint: checkpointOf(bytes) };
}

/**
 * Write a batch of changes of different runs in one statement: heads by compare and swap, records, consumed messages,
 * checkpoints, children and messages. One that does not fit its row is left out and writes nothing.
 *
 * @returns what was written, by run id
 */
export async function commitBatch(
  database: Database,
  batch: readonly PendingCommit[],
): Promise<ReadonlyMap<string, WrittenCommit>> {
  const { name, text, values } = commitStatement(batch, database.now);
  const { rows } = await database.query<CommitRow>(name, text, values);
  return new Map(rows.map((row) => [row.run_id, written(row)]));
}

function written({ inbox_seq, tail_bytes, state_bytes, told }: CommitRow): WrittenCommit {
  const inboxSeq = told ? inbox_seq + 1 : inbox_seq;
  return { inboxSeq, size: { tailBytes: tail_bytes, stateBytes: state_bytes } };
}
