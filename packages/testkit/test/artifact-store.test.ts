import { MemoryArtifactStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import {
  describeArtifactStore,
  type ArtifactStoreHarness,
} from "../src/conformance/artifact-store.ts";
import { CaseCollector } from "./support/collect-cases.ts";
import { artifactStoreLies, honestArtifactStore } from "./support/lying-artifact-stores.ts";
import { SteppingClock } from "./support/stepping-clock.ts";

describeArtifactStore(
  "MemoryArtifactStore",
  { open: async (options) => new MemoryArtifactStore({ ...options, clock: new SteppingClock() }) },
  { describe, it, expect },
);

describeArtifactStore(
  "MemoryArtifactStore whose clock stands still",
  { open: async (options) => new MemoryArtifactStore({ ...options, clock: new SteppingClock(0) }) },
  { describe, it, expect },
);

describe("describeArtifactStore", () => {
  const casesFor = (harness: ArtifactStoreHarness): CaseCollector => {
    const cases = new CaseCollector();
    describeArtifactStore("a store", harness, cases);
    return cases;
  };

  it.each(artifactStoreLies)("finds out a store that $lie", async ({ harness, caughtBy }) => {
    const cases = casesFor(harness);
    const [title = caughtBy] = cases.titles.filter((each) => each.endsWith(`: ${caughtBy}`));
    expect(await cases.run(title)).toEqual({ failed: expect.any(String) });
  });

  it("finds nothing wrong with their honest twin", async () => {
    const ends = await casesFor(honestArtifactStore).runAll();
    expect([...ends].filter(([, end]) => end !== "passed")).toEqual([]);
  });
});
