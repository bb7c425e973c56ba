import { MemorySnapshotStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { describeSnapshotStore } from "../src/conformance/snapshot-store.ts";
import { failuresOf } from "./support/failures-of.ts";
import { honestSnapshotStore, snapshotStoreLies } from "./support/lying-snapshot-stores.ts";
import { SteppingClock } from "./support/stepping-clock.ts";

describeSnapshotStore(
  "MemorySnapshotStore",
  { open: async () => new MemorySnapshotStore({ clock: new SteppingClock() }) },
  { describe, it, expect },
);

describe("describeSnapshotStore", () => {
  it.each(snapshotStoreLies)("finds out a store that $lie", async ({ harness, caughtBy }) => {
    const failures = await failuresOf((runner) => describeSnapshotStore("liar", harness, runner));
    expect(failures).toContain(caughtBy);
  });

  it("finds nothing wrong with their honest twin", async () => {
    const failures = await failuresOf((runner) =>
      describeSnapshotStore("honest", honestSnapshotStore, runner),
    );
    expect(failures).toEqual([]);
  });
});
