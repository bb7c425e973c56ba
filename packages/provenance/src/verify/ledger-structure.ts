import type { ForkedRecord, LedgerRecord, LegacyRecord } from "@abstractruntime/core/store";
import type { LedgerProblem } from "./ledger-problem.ts";

/** A line of a ledger that could be read. */
export type ReadLine = LedgerRecord | LegacyRecord;

/** Looks whether records follow one another: numbers without gaps, whole commits, one run after its forks. */
export class LedgerStructure {
  readonly #problems: LedgerProblem[] = [];
  /** Number of the last line; 0.2.0's lines have none and count, too. */
  #number = 0;
  /** The last record of ours, while nothing else came after it. */
  #last: LedgerRecord | null = null;
  #owner: { readonly runId: string; readonly from: number } | null = null;

  get problems(): readonly LedgerProblem[] {
    return this.#problems;
  }

  /** Whose the last records are. */
  get runId(): string | null {
    return this.#owner?.runId ?? null;
  }

  /** @param line `undefined` when it could not be read: what follows it can't be compared with it. */
  add(index: number, line: ReadLine | undefined): void {
    const isOurs = line !== undefined && "seq" in line;
    if (line !== undefined) this.#checkOwner(index, line);
    if (isOurs) this.#checkPlace(index, line);
    else if (line !== undefined) this.#leave(index);
    this.#number = isOurs ? line.seq : this.#number + 1;
    this.#last = isOurs ? line : null;
  }

  /** @param runId whose ledger it is said to be */
  end(count: number, runId: string | undefined): void {
    this.#leave(count);
    const owner = this.#owner;
    if (runId === undefined || owner === null || owner.runId === runId) return;
    const { from: index, runId: actual } = owner;
    const isKnown = this.#problems.some(
      (problem) => problem.type === "other_run" && problem.index === index,
    );
    if (!isKnown) this.#problems.push({ type: "other_run", index, expected: runId, actual });
  }

  #leave(index: number): void {
    if (this.#last !== null && !this.#last.last)
      this.#problems.push({ type: "commit_torn", index });
  }

  #checkOwner(index: number, line: ReadLine): void {
    const forked = "kind" in line && line.kind === "forked" ? line : null;
    if (forked !== null && !this.#isCopied(forked))
      this.#problems.push({ type: "fork_mismatch", index });
    const { runId: actual } = line;
    const expected = this.#owner?.runId ?? actual;
    if (this.#owner !== null && actual === expected) return;
    this.#owner = { runId: actual, from: index };
    if (actual !== expected && forked === null)
      this.#problems.push({ type: "other_run", index, expected, actual });
  }

  /** Whether a fork goes on from what stands before it: the copied records, or the state that it took over. */
  #isCopied({ seq, origin, originCommitId }: ForkedRecord): boolean {
    if (originCommitId === null) return this.#last?.kind === "adopted";
    return origin.seq === seq - 1 && this.#last?.commitId === originCommitId;
  }

  #checkPlace(index: number, record: LedgerRecord): void {
    const expected = this.#number + 1;
    if (record.seq !== expected)
      this.#problems.push({ type: "seq_gap", index, expected, actual: record.seq });
    if (this.#last !== null && !follows(record, this.#last))
      this.#problems.push({ type: "commit_mismatch", index });
  }
}

/** A commit's records share its id and revision, and its last one closes it; a fork may cut off what it copies. */
function follows(record: LedgerRecord, before: LedgerRecord): boolean {
  const isSame = record.revision === before.revision && record.commitId === before.commitId;
  const isNext = record.revision === before.revision + 1 && record.commitId !== before.commitId;
  return before.last ? isNext : isSame || (isNext && record.kind === "forked");
}
