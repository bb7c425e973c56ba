import { describe, expect, it } from "vitest";
import { createdBody, runOf } from "../../test/records.ts";
import type { RunError } from "../run/run-state.ts";
import type { Join } from "./join.ts";
import { joinOutcome, type EndedChild, type JoinOutcome } from "./join-outcome.ts";

const run = runOf(createdBody());

const broke: RunError = { code: "quota", message: "broke", nodeId: "n", stepId: null, attempt: 1 };

function child(
  index: number,
  status: EndedChild["status"] = "completed",
  endedAt = "2026-01-01T00:00:00.000Z",
): EndedChild {
  const isDone = status === "completed";
  return {
    index,
    runId: `child-${index}`,
    workflowId: "w",
    status,
    output: isDone ? `output ${index}` : null,
    error: isDone ? null : broke,
    endedAt,
  };
}

function outcomeOf(fields: Partial<Join>, ended: readonly EndedChild[]): JoinOutcome {
  const join: Join = {
    intentSeq: 2,
    total: 4,
    begun: 4,
    need: null,
    onFailure: "settle",
    maxConcurrency: null,
    ...fields,
  };
  const completed = ended.filter(({ status }) => status === "completed").length;
  return joinOutcome(run, "run:1", join, { completed, failed: ended.length - completed }, ended);
}

function indexesOf(outcome: JoinOutcome): readonly number[] {
  return "result" in outcome ? outcome.result.results.map(({ index }) => index) : [];
}

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;

describe("joinOutcome", () => {
  it("has every child of a join of all, in order of index", () => {
    const ended = [child(0), child(1, "failed"), child(2, "cancelled"), child(3)];
    expect(outcomeOf({}, ended)).toEqual({
      result: {
        completed: 2,
        failed: 2,
        results: [
          { index: 0, sub_run_id: "child-0", status: "completed", output: "output 0", error: null },
          { index: 1, sub_run_id: "child-1", status: "failed", output: null, error: broke },
          { index: 2, sub_run_id: "child-2", status: "cancelled", output: null, error: broke },
          { index: 3, sub_run_id: "child-3", status: "completed", output: "output 3", error: null },
        ],
      },
    });
  });

  it("has only those that decided, where a number is needed", () => {
    const ended = [
      child(0, "completed", at(3)),
      child(1, "failed", at(0)),
      child(2, "completed", at(1)),
      child(3, "completed", at(2)),
    ];
    expect(outcomeOf({ need: 1 }, ended)).toMatchObject({ result: { completed: 1, failed: 1 } });
    expect(indexesOf(outcomeOf({ need: 1 }, ended))).toEqual([2]);
    expect(indexesOf(outcomeOf({ need: 2 }, ended))).toEqual([2, 3]);
    expect(indexesOf(outcomeOf({ need: 3 }, ended))).toEqual([0, 2, 3]);
  });

  it("takes the lower index of those that ended at the same moment, in whatever zone that was said", () => {
    const ended = [
      child(1, "completed", "2026-01-01T01:00:00+01:00"),
      child(2, "completed", "2026-01-01T00:00:00Z"),
    ];
    expect(indexesOf(outcomeOf({ need: 1 }, ended))).toEqual([1]);
  });

  it("has no more than are needed, although more have completed since", () => {
    const join = { total: 4, need: 1 };
    expect(indexesOf(outcomeOf(join, [child(0), child(1), child(3)]))).toEqual([0]);
  });

  it("fails by the child that failed first", () => {
    const ended = [child(0), child(2, "failed", at(2)), child(3, "cancelled", at(1))];
    expect(outcomeOf({ onFailure: "fail_fast" }, ended)).toEqual({
      error: {
        code: "run_cancelled",
        message: "Subworkflow 'w' was cancelled: broke",
        nodeId: "first",
        stepId: "run:1",
        attempt: 1,
        details: { sub_run_id: "child-3", index: 3, completed: 1, failed: 2 },
      },
    });
  });

  it("says how many were needed, where too few can complete", () => {
    const outcome = outcomeOf({ need: 3 }, [child(0), child(1, "failed"), child(2, "failed")]);
    expect(outcome).toMatchObject({
      error: { code: "join_failed", details: { index: 1, completed: 1, failed: 2 } },
    });
    const message = "error" in outcome ? outcome.error.message : "";
    expect(message).toContain("3 of 4 children had to complete, and 2 did not");
    expect(message).toContain("Subworkflow 'w' failed: broke");
  });

  it("stays what was decided, whoever has completed since", () => {
    const join: Join = {
      intentSeq: 2,
      total: 3,
      begun: 3,
      need: 1,
      onFailure: "fail_fast",
      maxConcurrency: null,
    };
    const ended = [child(0, "failed"), child(1)];
    const outcome = joinOutcome(run, null, join, { completed: 0, failed: 1 }, ended);
    expect(outcome).toMatchObject({ error: { code: "run_failed", details: { completed: 1 } } });
  });
});
