import type { ArtifactStore, ArtifactStoreOptions } from "@abstractruntime/core/store";
import { claimCases } from "./artifact/claim-cases.ts";
import { contentCases } from "./artifact/content-cases.ts";
import { lifecycleCases } from "./artifact/lifecycle-cases.ts";
import { listCases } from "./artifact/list-cases.ts";
import { runnerOrGlobals, type TestRunner } from "./runner.ts";

/** How the suite gets at the store under test. */
export interface ArtifactStoreHarness {
  /** A new, empty store with these options. */
  readonly open: (options?: ArtifactStoreOptions) => Promise<ArtifactStore>;
  /** The same store, closed and opened again; absent when nothing outlives `close`. */
  readonly reopen?: (store: ArtifactStore) => Promise<ArtifactStore>;
  /** Changes a byte of an artifact's content behind the store's back; absent when nobody can. */
  readonly damage?: (store: ArtifactStore, artifactId: string) => Promise<void>;
}

/** The law of `ArtifactStore`, as tests. A store conforms when it passes all of them. */
export function describeArtifactStore(
  name: string,
  harness: ArtifactStoreHarness,
  runner?: TestRunner,
): void {
  const found = runnerOrGlobals(runner);
  found.describe(`${name} as an ArtifactStore`, () => {
    contentCases(harness, found);
    claimCases(harness, found);
    listCases(harness, found);
    lifecycleCases(harness, found);
  });
}
