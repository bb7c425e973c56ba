import { diffStates, type StateDiff } from "../diff/diff-states.ts";
import { foldApart } from "../diff/fold-apart.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { assertSeq } from "../fork/assert-seq.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import { loadRun, type Shell } from "./drive-run.ts";

/** A run as it was after one of its records. */
export interface RunMoment {
  readonly runId: string;
  readonly seq: number;
}

/** How one moment differs from another, and what happened in between. */
export type RunDiff = StateDiff & {
  readonly from: RunMoment;
  readonly to: RunMoment;
  /** The last record that both ledgers have: the earlier of two moments of one run, a fork's origin; 0: none. */
  readonly sharedSeq: number;
  /** The records beyond it that lead to the one and to the other. */
  readonly records: {
    readonly from: readonly LedgerRecord[];
    readonly to: readonly LedgerRecord[];
  };
};

/** Two records of one run, or two moments. */
export type DiffArguments =
  | readonly [runId: string, from: number, to: number, options?: Abortable]
  | readonly [from: RunMoment, to: RunMoment, options?: Abortable];

/** @throws run_not_found, invalid_argument */
export async function diffRuns({ kernel }: Shell, given: DiffArguments): Promise<RunDiff> {
  const { from, to, options } = readArguments(given);
  for (const moment of [from, to]) {
    if (typeof moment !== "object" || moment === null || typeof moment.runId !== "string")
      throw new AbstractRuntimeError("invalid_argument", "a moment is { runId, seq }");
    assertSeq((await loadRun(kernel, moment.runId)).run, moment.seq);
  }
  const apart = await foldApart(kernel.store, from, to, options);
  return {
    from: { runId: from.runId, seq: from.seq },
    to: { runId: to.runId, seq: to.seq },
    sharedSeq: apart.sharedSeq,
    ...diffStates(apart.from.run, apart.to.run),
    records: { from: apart.from.records, to: apart.to.records },
  };
}

function readArguments(given: DiffArguments): {
  readonly from: RunMoment;
  readonly to: RunMoment;
  readonly options: Abortable;
} {
  if (isOfOneRun(given)) {
    const [runId, from, to, options = {}] = given;
    return { from: { runId, seq: from }, to: { runId, seq: to }, options };
  }
  const [from, to, options = {}] = given;
  return { from, to, options };
}

function isOfOneRun(
  given: DiffArguments,
): given is Exclude<DiffArguments, readonly [RunMoment, ...unknown[]]> {
  return typeof given[0] === "string";
}
