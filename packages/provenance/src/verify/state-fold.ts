import { foldRun, reduce, type LedgerRecord, type RunState } from "@abstractruntime/core/store";
import type { LedgerProblem } from "./ledger-problem.ts";
import type { ReadLine } from "./ledger-structure.ts";

/** Folds a ledger as far as it can be folded. */
export class StateFold {
  #run: RunState | null = null;
  #from: number | null = null;
  #problem: LedgerProblem | null = null;

  /** The state; null after a line of 0.2.0's, whose ledgers do not hold it, and after what can't be folded. */
  get run(): RunState | null {
    return this.#run;
  }

  /** Number of the record with which folding began. */
  get from(): number | null {
    return this.#run === null ? null : this.#from;
  }

  get problems(): readonly LedgerProblem[] {
    return this.#problem === null ? [] : [this.#problem];
  }

  /** @param line `undefined` when it could not be read */
  add(index: number, line: ReadLine | undefined): void {
    if (line === undefined || !("seq" in line)) {
      // Nothing can be said until a record holds the whole state again.
      this.#run = null;
      return;
    }
    const begins = line.kind === "adopted" || (line.kind === "created" && index === 0);
    if (begins) this.#try(index, () => this.#begin(line));
    else if (this.#run !== null) this.#follow(index, this.#run, line);
    else if (index === 0)
      this.#problem ??= {
        type: "not_foldable",
        index,
        reason: `it is ${line.kind}, with which no run begins`,
      };
  }

  #begin(record: LedgerRecord): RunState {
    this.#from = record.seq;
    return foldRun([record]);
  }

  #follow(index: number, run: RunState, record: LedgerRecord): void {
    this.#try(index, () => reduce(run, record));
  }

  #try(index: number, next: () => RunState): void {
    try {
      this.#run = next();
    } catch (error) {
      this.#run = null;
      const reason = error instanceof Error ? error.message : String(error);
      this.#problem ??= { type: "not_foldable", index, reason };
    }
  }
}
