import { MemoryArtifactStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { describeArtifactStore } from "../src/conformance/artifact-store.ts";
import { failuresOf } from "./support/failures-of.ts";
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
  it.each(artifactStoreLies)("finds out a store that $lie", async ({ harness, caughtBy }) => {
    const failures = await failuresOf((runner) => describeArtifactStore("liar", harness, runner));
    expect(failures).toContain(caughtBy);
  });

  it("finds nothing wrong with their honest twin", async () => {
    const failures = await failuresOf((runner) =>
      describeArtifactStore("honest", honestArtifactStore, runner),
    );
    expect(failures).toEqual([]);
  });
});
