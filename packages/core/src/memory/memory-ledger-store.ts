import { renderRecord } from "../codec/record-codec.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { RecordRange, StoreCapabilities } from "../ports/durable-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";

/** Ledgers in this process's memory: the reference for other ledger stores. */
export class MemoryLedgerStore implements LedgerStore {
  readonly capabilities: StoreCapabilities = {
    survives: "nothing",
    writers: "one_process",
    reopens: false,
  };
  readonly #ledgers = new Map<string, LedgerRecord[]>();
  #closed = false;

  async append(
    runId: string,
    records: readonly LedgerRecord[],
    expectedSeq: number,
    options?: Abortable,
  ): Promise<void> {
    this.#enter(options);
    const ledger = this.#ledgers.get(runId) ?? [];
    const actual = ledger.at(-1)?.seq ?? 0;
    if (actual !== expectedSeq) throw conflict(runId, expectedSeq, actual);
    this.#ledgers.set(runId, ledger);
    for (const record of records) ledger.push(deepFreeze(record));
  }

  async list(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    this.#enter(options);
    const records = this.#ledgers.get(runId) ?? [];
    const { after = 0, limit = records.length } = range;
    return Object.freeze(records.slice(after, after + limit));
  }

  async texts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]> {
    return (await this.list(runId, range, options)).map(renderRecord);
  }

  async remove(runId: string, firstCommitId: string, options?: Abortable): Promise<void> {
    this.#enter(options);
    if (this.#ledgers.get(runId)?.[0]?.commitId === firstCommitId) this.#ledgers.delete(runId);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enter(options: Abortable | undefined): void {
    if (this.#closed)
      throw new AbstractRuntimeError(
        "store_closed",
        "this ledger store was closed: make a new one",
      );
    options?.signal?.throwIfAborted();
  }
}

function conflict(runId: string, expected: number, actual: number): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "revision_conflict",
    `the ledger of ${runId} ends at record ${actual}, not ${expected}: load the run again`,
    { details: { runId, expected, actual } },
  );
}
