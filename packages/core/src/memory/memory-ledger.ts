import { renderRecord } from "../codec/render-record.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RecordRange } from "../ports/run-query.ts";

/** A part of a ledger, from its beginning on. */
export interface LedgerCopy {
  readonly records: readonly LedgerRecord[];
  readonly lines: readonly string[];
}

/** The ledger of one run in memory. Records are immutable, and may be shared. */
export class MemoryLedger {
  readonly #records: LedgerRecord[];
  /** The first lines as text, where they came as text. 0.2.0's may stand before the first record. */
  readonly #lines: readonly string[];

  constructor(records: readonly LedgerRecord[], lines: readonly string[] = []) {
    this.#records = records.map(deepFreeze);
    this.#lines = [...lines];
  }

  /** Number of the last record, 0 before the first. */
  get seq(): number {
    return this.#records.at(-1)?.seq ?? 0;
  }

  /** Id of the commit that wrote the first record. */
  get firstCommitId(): string | undefined {
    return this.#records[0]?.commitId;
  }

  append(records: readonly LedgerRecord[]): void {
    for (const record of records) this.#records.push(deepFreeze(record));
  }

  list({ after = 0, limit = Infinity }: RecordRange = {}): readonly LedgerRecord[] {
    const from = Math.max(0, after - this.#skipped);
    return Object.freeze(this.#records.slice(from, from + limit));
  }

  /** A line's number is the `seq` of its record. */
  texts({ after = 0, limit = Infinity }: RecordRange = {}): readonly string[] {
    const lines = this.#lines.slice(after, after + limit);
    const rest = { after: Math.max(after, this.#lines.length), limit: limit - lines.length };
    return [...lines, ...this.list(rest).map(renderRecord)];
  }

  /** What a fork begins with; `undefined` when folding could not start in it. */
  copy(seq: number): LedgerCopy | undefined {
    if (seq <= this.#skipped) return undefined;
    const records = this.#records.slice(0, seq - this.#skipped);
    return { records, lines: this.#lines.slice(0, seq) };
  }

  /** How many lines stand before the first record. */
  get #skipped(): number {
    return (this.#records[0]?.seq ?? 1) - 1;
  }
}
