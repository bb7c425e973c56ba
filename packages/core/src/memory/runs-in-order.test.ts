import { describe, expect, it } from "vitest";
import { RunsInOrder } from "./runs-in-order.ts";

interface Row {
  readonly runId: string;
  run: { parent: { readonly stepId: string } | null };
}

const child = (runId: string, stepId: string | null): Row => ({
  runId,
  run: { parent: stepId === null ? null : { stepId } },
});

function filled(...rows: readonly Row[]): RunsInOrder<Row> {
  const runs = new RunsInOrder<Row>();
  for (const row of rows) runs.add(row);
  return runs;
}

const ids = (rows: Iterable<Row>): readonly string[] => [...rows].map(({ runId }) => runId);

describe("RunsInOrder", () => {
  it("forgets what is deleted, whatever its step is called by then", () => {
    const [one, two] = [child("b", "1"), child("a", "1")];
    const runs = filled(one, two, two);
    expect(runs.size).toBe(2);
    two.run = { parent: { stepId: "2" } };
    runs.delete(two);
    runs.delete(two);
    expect(ids(runs.after("", 10))).toEqual(["b"]);
    expect(ids(runs.after("", 10, "1"))).toEqual(["b"]);
    runs.delete(one);
    expect(runs.size).toBe(0);
    expect(ids(runs.after("", 10, "1"))).toEqual([]);
  });
});
