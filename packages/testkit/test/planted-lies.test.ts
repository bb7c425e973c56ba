import { MemoryStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { describeDurableStore, type StoreUnderTest } from "../src/conformance/index.ts";
import { chainLies } from "./support/chain-lies.ts";
import { CaseCollector } from "./support/collect-cases.ts";
import { elsewhereLies } from "./support/elsewhere-lies.ts";
import { forkLies } from "./support/fork-lies.ts";
import { lies } from "./support/lies.ts";
import { SharedPlaces } from "./support/shared-places.ts";

function casesFor(subject: StoreUnderTest): CaseCollector {
  const collector = new CaseCollector();
  describeDurableStore("store", subject, collector);
  return collector;
}

describe("the conformance suite of DurableStore", () => {
  it("passes an honest store, and skips what its capabilities rule out", async () => {
    const ends = await casesFor({ open: async ({ clock }) => new MemoryStore({ clock }) }).runAll();
    const failures = [...ends].filter(([, end]) => end !== "passed" && end !== "skipped");
    expect(failures).toEqual([]);
    const skipped = [...ends].filter(([, end]) => end === "skipped").map(([title]) => title);
    expect(skipped.filter((title) => title.startsWith("opened again: "))).toHaveLength(8);
    expect(skipped).toHaveLength(13);
  });

  it.each([...lies, ...chainLies, ...forkLies, ...elsewhereLies])(
    "catches: $lie",
    async ({ caughtBy, open }) => {
      const end = await casesFor({ open: async ({ clock }) => open(clock) }).run(caughtBy);
      expect(end).toHaveProperty("failed");
    },
  );
});

describe("the conformance suite of DurableStore on stores that can be opened again", () => {
  const title = (rest: string): string => `opened again: ${rest}`;
  const voided = title(
    "has voided all leases when it has a single writer, so that held runs are due",
  );
  const kept = title("keeps leases when others may write too");

  it.each(["one_process", "many_processes"] as const)(
    "passes an honest one for %s",
    async (writers) => {
      const ends = await casesFor(new SharedPlaces(writers)).runAll();
      expect([...ends].filter(([, end]) => typeof end === "object")).toEqual([]);
      const skipped = [...ends]
        .filter(([, end]) => end === "skipped")
        .map(([caseTitle]) => caseTitle);
      expect(skipped.includes(voided)).toBe(writers === "many_processes");
      expect(skipped.includes(kept)).toBe(writers === "one_process");
      expect(skipped).toHaveLength(writers === "one_process" ? 3 : 1);
    },
  );

  it("catches a store that is empty when it is opened again", async () => {
    const places = (): SharedPlaces => new SharedPlaces("one_process");
    const cases = casesFor({ open: (at) => places().open(at) });
    const reopenCases = cases.titles.filter((each) => each.startsWith(title("")) && each !== kept);
    for (const each of reopenCases) {
      if (each === title("does not bring purged runs back")) continue;
      expect([each, await cases.run(each)]).toEqual([each, { failed: expect.any(String) }]);
    }
  });

  it("catches a single writer whose leases outlive it, and one of many that voids them", async () => {
    const one = new SharedPlaces("one_process");
    const many = new SharedPlaces("many_processes");
    const pretend = (
      places: SharedPlaces,
      writers: "one_process" | "many_processes",
    ): StoreUnderTest => ({
      open: async (at) =>
        Object.defineProperty(await places.open(at), "capabilities", {
          value: { survives: "crash", writers, reopens: true },
        }),
    });
    expect(await casesFor(pretend(many, "one_process")).run(voided)).toHaveProperty("failed");
    expect(await casesFor(pretend(one, "many_processes")).run(kept)).toHaveProperty("failed");
  });
});
