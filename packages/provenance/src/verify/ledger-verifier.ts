import { decodeLedgerLine, type JsonValue, type RunState } from "@abstractruntime/core/store";
import { ChainVerifier, type ChainOptions } from "./chain-verifier.ts";
import { compareStates } from "./compare-states.ts";
import { textOf, type LedgerLine } from "./ledger-lines.ts";
import type { LedgerProblem } from "./ledger-problem.ts";
import type { LedgerHead, LedgerReport } from "./ledger-report.ts";
import { LedgerStructure, type ReadLine } from "./ledger-structure.ts";
import { StateFold } from "./state-fold.ts";

/** What a ledger is compared with, once it was read to its end. */
export interface KnownEnd {
  readonly head?: LedgerHead | undefined;
  readonly state?: RunState | undefined;
}

/** Reads a ledger line by line: its chain, its structure, and the state that it makes. */
export class LedgerVerifier {
  readonly #chain: ChainVerifier;
  readonly #structure = new LedgerStructure();
  readonly #fold = new StateFold();
  readonly #unreadable: LedgerProblem[] = [];
  /** Hash of each record, as it says. */
  readonly #hashes: (string | null)[] = [];

  constructor({ mayBeginUnchained = true }: ChainOptions = {}) {
    this.#chain = new ChainVerifier({ mayBeginUnchained });
  }

  add(line: LedgerLine): void {
    const text = textOf(line);
    if (text?.trim() === "") {
      this.#chain.addLine(text);
      return;
    }
    const index = this.#hashes.length;
    const links = this.#chain.addLine(text ?? line);
    this.#hashes.push(hashOf(links?.recordHash));
    const read = links === undefined ? undefined : this.#read(index, text ?? "");
    this.#structure.add(index, read);
    this.#fold.add(index, read);
  }

  end({ head, state }: KnownEnd = {}): LedgerReport {
    const count = this.#hashes.length;
    this.#structure.end(count, head?.runId);
    const { run } = this.#fold;
    const inOrder = [...this.#unreadable, ...this.#structure.problems, ...this.#fold.problems];
    const problems = [
      ...inOrder.toSorted((one, other) => indexOf(one) - indexOf(other)),
      ...(head === undefined ? [] : this.#compareHead(head)),
      ...(state === undefined || run === null ? [] : compareStates(run, state)),
    ];
    const chain = this.#chain.report();
    const known = head ?? { runId: null, count: null, headHash: null };
    return {
      ok: chain.ok && problems.length === 0,
      chain,
      problems,
      compared: {
        runId: known.runId !== null,
        count: known.count !== null,
        headHash: known.headHash !== null,
        state: state !== undefined && run !== null,
      },
      head: { runId: this.#structure.runId, count, headHash: this.#hashes.at(-1) ?? null },
      foldedFrom: this.#fold.from,
      run,
    };
  }

  #read(index: number, text: string): ReadLine | undefined {
    try {
      return decodeLedgerLine(text, `record ${index + 1}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#unreadable.push({ type: "unreadable_record", index, reason });
      return undefined;
    }
  }

  #compareHead({ count: expected, headHash }: LedgerHead): readonly LedgerProblem[] {
    const count = this.#hashes.length;
    if (expected !== null && count < expected)
      return [{ type: "tail_cut", index: count, missing: expected - count }];
    const problems: LedgerProblem[] = [];
    const last = (expected ?? count) - 1;
    const actual = this.#hashes[last] ?? null;
    if (headHash !== null && actual !== headHash)
      problems.push({
        type: "head_hash_mismatch",
        index: Math.max(last, 0),
        expected: headHash,
        actual,
      });
    if (expected !== null && count > expected)
      problems.push({ type: "beyond_head", index: expected, extra: count - expected });
    return problems;
  }
}

function hashOf(recordHash: JsonValue | undefined): string | null {
  return typeof recordHash === "string" && recordHash !== "" ? recordHash : null;
}

function indexOf(problem: LedgerProblem): number {
  return "index" in problem ? problem.index : Infinity;
}
