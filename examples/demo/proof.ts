import { isDeepStrictEqual } from "node:util";
import { foldRun, type LedgerRecord, Runtime, type RunState } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import type { Life } from "./life.ts";
import type { Midway } from "./review/midway.ts";

/** What the folder says about the run, and how it fits what the processes were seen doing. */
export interface Proof {
  readonly state: RunState;
  readonly ledger: readonly LedgerRecord[];
  /** Effects that ended before the kill, and were not performed again. */
  readonly reused: readonly Midway[];
  /** Effects that were performed more than once. */
  readonly again: readonly Midway[];
  /** Whether folding the ledger makes the stored state. */
  readonly folds: boolean;
  /** What is not as it must be; empty, if the product keeps its word. */
  readonly faults: readonly string[];
}

/** Read the run from its folder, as anybody could, and hold it against the lives of the workers. */
export async function prove(
  dataFolder: string,
  runId: string,
  [first, ...others]: readonly [Life, ...Life[]],
): Promise<Proof> {
  const store = await FileStore.open(dataFolder, { readOnly: true });
  await using runtime = new Runtime({ store });
  const state = await runtime.getState(runId);
  const ledger = await runtime.getLedger(runId);

  const later = new Map(others.flatMap(({ performed }) => performed).map((m) => [nameOf(m), m]));
  const reused = first.performed.filter((where) => !later.has(nameOf(where)));
  const again = first.performed.flatMap((where) => later.get(nameOf(where)) ?? []);
  const folds = isDeepStrictEqual(foldRun(ledger), state);
  const faults = faultsIn({ first, reused, again, folds, ledger });
  return { state, ledger, reused, again, folds, faults };
}

function faultsIn(seen: {
  readonly first: Life;
  readonly reused: readonly Midway[];
  readonly again: readonly Midway[];
  readonly folds: boolean;
  readonly ledger: readonly LedgerRecord[];
}): string[] {
  const { first, reused, again, folds, ledger } = seen;
  const interrupted = ledger.filter(({ kind }) => kind === "interrupted").length;
  const checks: readonly (readonly [boolean, string])[] = [
    [first.signal === "SIGKILL", "the first process was not killed by SIGKILL"],
    [reused.length === first.performed.length - 1, "an effect that had ended was performed again"],
    [again.length === 1 && again[0]?.attempt === 2, "the killed effect has no second attempt"],
    [interrupted === 1, `the ledger has ${interrupted} interruptions, and not one`],
    [folds, "the fold of the ledger is not the state"],
  ];
  return checks.flatMap(([holds, fault]) => (holds ? [] : [fault]));
}

function nameOf({ effect, subject }: Midway): string {
  return `${effect} ${subject}`;
}
