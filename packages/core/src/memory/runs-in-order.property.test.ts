import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunsInOrder } from "./runs-in-order.ts";

interface Row {
  readonly runId: string;
  readonly run: { readonly parent: { readonly stepId: string } | null };
}

const anyId = fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom("a", "b", "-", "0") });

const anyDeed = fc.record({
  deed: fc.constantFrom("add", "add", "delete", "page"),
  runId: anyId,
  after: fc.oneof(fc.constant(""), anyId),
  limit: fc.integer({ min: 1, max: 5 }),
  step: fc.constantFrom("a", "b", undefined),
});

describe("RunsInOrder", () => {
  it("pages through what was added and not deleted, by id, all of it or that of one step, whatever came when", () =>
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 60 }), (deeds) => {
        const rows = new RunsInOrder<Row>();
        const known = new Map<string, Row>();
        const pages: { readonly found: readonly Row[]; readonly expected: readonly Row[] }[] = [];
        for (const { deed, runId, after, limit, step } of deeds) {
          const parent = step === undefined ? null : { stepId: step };
          const row = known.get(runId) ?? { runId, run: { parent } };
          const passes = ({ run }: Row): boolean =>
            step === undefined || run.parent?.stepId === step;
          const expected = [...known.values()]
            .filter((of) => of.runId > after && passes(of))
            .toSorted((a, b) => (a.runId < b.runId ? -1 : 1))
            .slice(0, limit);
          if (deed === "page") pages.push({ found: rows.after(after, limit, step), expected });
          if (deed === "add") rows.add(known.set(runId, row).get(runId) ?? row);
          if (deed === "delete" && known.delete(runId)) rows.delete(row);
        }
        expect(pages.map(({ found }) => found)).toEqual(pages.map(({ expected }) => expected));
        expect(rows.size).toBe(known.size);
        expect(new Set(rows)).toEqual(new Set(known.values()));
      }),
    ));
});
