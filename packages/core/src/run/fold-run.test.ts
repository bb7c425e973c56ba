import { describe, expect, it } from "vitest";
import { createdBody, intentBody, ledgerOf, nowIso, runOf, times } from "../../test/records.ts";
import { foldRun } from "./fold-run.ts";

describe("foldRun", () => {
  it("makes the run that its records say", () => {
    const run = foldRun(ledgerOf(createdBody({ vars: { a: 1 } }), intentBody()));
    expect(run).toMatchObject({ runId: "run", seq: 2, vars: { a: 1 }, createdAt: nowIso });
    expect(run.pending?.stepId).toBe("run:1");
  });

  it("begins with the whole run where a record adopts one, under the record's own number", () => {
    const adopted = runOf(createdBody({ vars: { old: true } }));
    const run = foldRun(
      ledgerOf({
        kind: "adopted",
        nodeId: "first",
        run: { ...adopted, seq: 40, revision: 0 },
        ...times,
      }),
    );
    expect(run).toMatchObject({ vars: { old: true }, seq: 1, revision: 1, updatedAt: nowIso });
  });

  it("refuses a ledger without a record", () => {
    expect(() => foldRun([])).toThrowError(expect.objectContaining({ code: "store_corrupt" }));
  });

  it("refuses a ledger that begins in the middle", () => {
    const tail = ledgerOf(createdBody(), intentBody()).slice(1);
    expect(() => foldRun(tail)).toThrowError(/begins with created or adopted, not with begun/);
  });
});
