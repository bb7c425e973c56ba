import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { RecordRange, StoreCapabilities } from "../ports/durable-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import type { ForkOrigin } from "../run/run-state.ts";
import { MemoryLedger } from "./memory-ledger.ts";

/** Ledgers in this process's memory: the reference for other ledger stores. */
export class MemoryLedgerStore implements LedgerStore {
  readonly capabilities: StoreCapabilities = {
    survives: "nothing",
    writers: "one_process",
    reopens: false,
  };
  readonly #ledgers = new Map<string, MemoryLedger>();
  #closed = false;

  async append(
    runId: string,
    records: readonly LedgerRecord[],
    expectedSeq: number,
    options?: Abortable,
  ): Promise<void> {
    this.#enter(options);
    const ledger = this.#ledgers.get(runId) ?? new MemoryLedger([]);
    if (ledger.seq !== expectedSeq) throw conflict(runId, expectedSeq, ledger.seq);
    this.#ledgers.set(runId, ledger);
    ledger.append(records);
  }

  async fork(
    runId: string,
    origin: ForkOrigin,
    records: readonly LedgerRecord[],
    options?: Abortable,
  ): Promise<void> {
    this.#enter(options);
    this.#assertNone(runId);
    const ledger = this.#ledgers.get(origin.runId);
    const copy = ledger?.copy(origin.seq);
    if (ledger === undefined || copy === undefined || ledger.seq < origin.seq)
      throw new AbstractRuntimeError(
        "invalid_argument",
        `the ledger of ${origin.runId} has no record ${origin.seq} to copy`,
        { details: { ...origin } },
      );
    this.#ledgers.set(runId, new MemoryLedger([...copy.records, ...records], copy.lines));
  }

  async restore(
    runId: string,
    texts: readonly string[],
    records: readonly LedgerRecord[],
    options?: Abortable,
  ): Promise<void> {
    this.#enter(options);
    this.#assertNone(runId);
    this.#ledgers.set(runId, new MemoryLedger(records, texts));
  }

  async list(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    this.#enter(options);
    return this.#ledgers.get(runId)?.list(range) ?? [];
  }

  async texts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]> {
    this.#enter(options);
    return this.#ledgers.get(runId)?.texts(range) ?? [];
  }

  async remove(runId: string, firstCommitId: string, options?: Abortable): Promise<void> {
    this.#enter(options);
    if (this.#ledgers.get(runId)?.firstCommitId === firstCommitId) this.#ledgers.delete(runId);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #assertNone(runId: string): void {
    const ledger = this.#ledgers.get(runId);
    if (ledger !== undefined) throw conflict(runId, 0, ledger.seq);
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
