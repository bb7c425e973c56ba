import type { SnapshotStore } from "@abstractruntime/core/store";
import { runnerOrGlobals, type TestRunner } from "./runner.ts";
import { keepCases } from "./snapshot/keep-cases.ts";
import { lifecycleCases } from "./snapshot/lifecycle-cases.ts";
import { listCases } from "./snapshot/list-cases.ts";

/** How the suite gets at the store under test. */
export interface SnapshotStoreHarness {
  /** A new, empty store. */
  readonly open: () => Promise<SnapshotStore>;
  /** The same store, closed and opened again; absent when nothing outlives `close`. */
  readonly reopen?: (store: SnapshotStore) => Promise<SnapshotStore>;
}

/** The law of `SnapshotStore`, as tests. A store conforms when it passes all of them. */
export function describeSnapshotStore(
  name: string,
  harness: SnapshotStoreHarness,
  runner?: TestRunner,
): void {
  const found = runnerOrGlobals(runner);
  found.describe(`${name} as a SnapshotStore`, () => {
    keepCases(harness, found);
    listCases(harness, found);
    lifecycleCases(harness, found);
  });
}
