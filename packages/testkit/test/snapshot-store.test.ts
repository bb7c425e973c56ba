import { MemorySnapshotStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import {
  describeSnapshotStore,
  type SnapshotStoreHarness,
} from "../src/conformance/snapshot-store.ts";
import { CaseCollector } from "./support/collect-cases.ts";
import { honestSnapshotStore, snapshotStoreLies } from "./support/lying-snapshot-stores.ts";
import { SteppingClock } from "./support/stepping-clock.ts";

describeSnapshotStore(
  "MemorySnapshotStore",
  { open: async () => new MemorySnapshotStore({ clock: new SteppingClock() }) },
  { describe, it, expect },
);

describe("describeSnapshotStore", () => {
  const casesFor = (harness: SnapshotStoreHarness): CaseCollector => {
    const cases = new CaseCollector();
    describeSnapshotStore("a store", harness, cases);
    return cases;
  };

  it.each(snapshotStoreLies)("finds out a store that $lie", async ({ harness, caughtBy }) => {
    const cases = casesFor(harness);
    const [title = caughtBy] = cases.titles.filter((each) => each.endsWith(`: ${caughtBy}`));
    expect(await cases.run(title)).toEqual({ failed: expect.any(String) });
  });

  it("finds nothing wrong with their honest twin", async () => {
    const ends = await casesFor(honestSnapshotStore).runAll();
    expect([...ends].filter(([, end]) => end !== "passed")).toEqual([]);
  });
});
