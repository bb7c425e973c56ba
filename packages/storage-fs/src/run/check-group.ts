import {
  AbstractRuntimeError,
  deepFreeze,
  type LedgerRecord,
  renderRecord,
} from "@abstractruntime/core/store";

/**
 * Refuse a commit whose records a crash could not tell from those of another: all carry its id and revision, and the
 * last one, alone, closes it.
 *
 * @throws invalid_argument
 */
export function checkGroup(
  runId: string,
  records: readonly LedgerRecord[],
  { commitId, revision }: { readonly commitId: string; readonly revision: number },
): void {
  // What a fork adopts of its origin stands before it in the same commit.
  const own = records.findIndex(({ kind }) => kind === "forked");
  for (const [index, record] of records.entries()) {
    const isLast = index === records.length - 1;
    const belongs = (record.runId === runId || index < own) && record.commitId === commitId;
    if (belongs && record.revision === revision && record.last === isLast) continue;
    throw new AbstractRuntimeError(
      "invalid_argument",
      `${runId}: records[${index}] must name this run, commit ${commitId} and revision ${revision}, and be last: ${isLast}`,
      { details: { runId, index } },
    );
  }
}

/** The lines of a commit, as they go to disk in one piece. */
export interface Group {
  readonly bytes: Buffer;
  /** Where in them the record stands at which folding starts from now on; null when there is none. */
  readonly from: number | null;
}

/** @param open whether the ledger's last line lacks its newline. */
export function renderGroup(
  records: readonly LedgerRecord[],
  { open = false }: { readonly open?: boolean } = {},
): Group {
  let text = open ? "\n" : "";
  let from: number | null = null;
  for (const record of records) {
    if (record.kind === "adopted" || record.kind === "created") from = Buffer.byteLength(text);
    text += `${renderRecord(deepFreeze(record))}\n`;
  }
  return { bytes: Buffer.from(text), from };
}
