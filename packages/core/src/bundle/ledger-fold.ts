import { decodeLedgerLine } from "../codec/legacy-record.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { beginFold } from "../run/fold-run.ts";
import { reduce } from "../run/reduce.ts";
import type { RunState } from "../run/run-state.ts";

/** A ledger that was read to its end. */
export interface FoldedLedger {
  /** Null when 0.2.0 wrote the last line: the ledger does not hold the state then. */
  readonly run: RunState | null;
  /** How many lines it has, 0.2.0's among them. */
  readonly lines: number;
  /** The records from the last one on at which folding begins, if they were to be kept. */
  readonly records: readonly LedgerRecord[];
  /** Ids of the messages that the ledger says were consumed. */
  readonly consumed: ReadonlySet<string>;
}

/**
 * Folds a ledger line by line, as text, and looks whether each line follows from those before: numbers without gaps,
 * whole commits, revisions that rise by one, one run's records.
 */
export class LedgerFold {
  readonly #keeps: boolean;
  #run: RunState | null = null;
  #last: LedgerRecord | null = null;
  #lines = 0;
  #records: LedgerRecord[] = [];
  readonly #consumed = new Set<string>();

  /** @param options `keeps`: whether the records are wanted at the end. */
  constructor(options: { readonly keeps: boolean }) {
    this.#keeps = options.keeps;
  }

  /** @throws store_corrupt, Error */
  add(text: string): void {
    this.#lines += 1;
    if (text.trim() === "") throw new Error(`record ${this.#lines} is an empty line`);
    const record = readLine(text, `record ${this.#lines}`);
    if (record === null) this.#addForeign();
    else this.#addRecord(record);
  }

  /** @throws Error the last commit is not whole */
  end(): FoldedLedger {
    if (this.#last !== null && !this.#last.last) throw new Error("the last commit is not whole");
    const run = this.#run;
    return { run, lines: this.#lines, records: this.#records, consumed: this.#consumed };
  }

  /** 0.2.0 took the run over: what it did is in its run file, and `adopted` tells of it. */
  #addForeign(): void {
    if (this.#last !== null && !this.#last.last)
      throw new Error(`record ${this.#lines} stands inside a commit`);
    this.#run = null;
    this.#last = null;
  }

  #addRecord(record: LedgerRecord): void {
    if (record.seq !== this.#lines)
      throw new Error(`record ${this.#lines} has the number ${record.seq}`);
    this.#assertPlace(record);
    const begins = record.kind === "created" || record.kind === "adopted";
    this.#run = this.#run === null || begins ? beginFold(record) : reduce(this.#run, record);
    // What a fork copies consumed messages of its origin.
    if (record.kind === "forked") this.#consumed.clear();
    if ("messageId" in record && record.messageId !== null) this.#consumed.add(record.messageId);
    if (begins) this.#records = [];
    if (this.#keeps) this.#records.push(record);
    this.#last = record;
  }

  /** A commit's records share its id and revision, and its last one closes it; a fork may cut off what it copies. */
  #assertPlace(record: LedgerRecord): void {
    const before = this.#last;
    if (before === null) {
      if (record.kind === "created" && record.seq > 1)
        throw new Error(`record ${record.seq} begins a run that has begun`);
      return;
    }
    const isSame = record.revision === before.revision && record.commitId === before.commitId;
    const isNext = record.revision === before.revision + 1 && record.commitId !== before.commitId;
    const goesOn = !before.last && isSame;
    const begins = isNext && (before.last || record.kind === "forked");
    if (goesOn || begins) return;
    throw new Error(
      `record ${record.seq} has revision ${record.revision} and commit ${record.commitId}, after revision ${before.revision} and commit ${before.commitId}`,
    );
  }
}

/** A record of ours; null for a line of 0.2.0, whole or broken: it is kept as it is, and nothing is folded over it. */
function readLine(text: string, where: string): LedgerRecord | null {
  try {
    const record = decodeLedgerLine(text, where);
    return "seq" in record ? record : null;
  } catch (error) {
    if (text.includes('"commit_id":')) throw error;
    return null;
  }
}
