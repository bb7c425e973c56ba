import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type {
  Change,
  Committed,
  DurableStore,
  NewRun,
  RecordRange,
  StoredRun,
} from "../ports/durable-store.ts";
import { checkChange, checkWakeAts } from "./check-change.ts";
import { checkCopy, noSuchCopy } from "./check-copy.ts";
import { checkTexts } from "./check-texts.ts";
import { messagesAfter, storedRun, type MemoryRun } from "./memory-run.ts";
import { MemoryRunTable } from "./memory-run-table.ts";
import { assertFound, assertUnchanged } from "./store-conflicts.ts";

/**
 * Runs in this process's memory: the reference for other stores, and enough where nothing has to outlive the process.
 *
 * Each method does its work in one go, without awaiting, so every write is atomic. A commit costs what its records cost.
 */
export class MemoryStore extends MemoryRunTable<StoredRun> implements DurableStore {
  async create(
    given: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    this.enter(options);
    const existing = this.rows.get(given.run.runId);
    if (existing !== undefined)
      return { created: existing.createdBy === given.commitId, stored: storedRun(existing) };
    checkWakeAts([given]);
    checkTexts(given);
    const row = this.insert(this.#withCopy(given), this.clock.now());
    return { created: true, stored: storedRun(row) };
  }

  /** A fork with the records that it begins with. */
  #withCopy(given: NewRun): NewRun {
    const { copyOf } = given;
    if (copyOf === undefined) return given;
    const origin = this.rows.get(copyOf.runId);
    checkCopy(given, origin?.run);
    const copy = origin?.ledger.copy(copyOf.seq);
    if (copy !== undefined)
      return { ...given, records: [...copy.records, ...given.records], texts: copy.lines };
    throw noSuchCopy(
      given,
      `run ${copyOf.runId} was adopted from 0.2.0 after record ${copyOf.seq}`,
    );
  }

  async commit(change: Change, options?: Abortable): Promise<Committed> {
    this.enter(options);
    const now = this.clock.now();
    const row = this.rows.get(change.runId);
    assertFound(row, change.runId);
    if (row.commitId !== change.commitId) {
      assertUnchanged(row, change, now);
      checkChange(change, row.run);
      checkWakeAts([change, ...change.children]);
      this.write(row, change, now);
    }
    return { inboxSeq: row.inboxSeq, messages: messagesAfter(row, change.inboxSeq) };
  }

  async records(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    this.enter(options);
    return this.rows.get(runId)?.ledger.list(range) ?? [];
  }

  async recordTexts(
    runId: string,
    range?: RecordRange,
    options?: Abortable,
  ): Promise<readonly string[]> {
    this.enter(options);
    return this.rows.get(runId)?.ledger.texts(range) ?? [];
  }

  protected override shown(row: MemoryRun): StoredRun {
    return storedRun(row);
  }
}
