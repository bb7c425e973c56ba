import { describe, expect, it } from "vitest";
import { createdBody, intentBody, firstStep, ledgerOf, times, waitOf } from "../../test/records.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { AddressedMessage } from "../ports/durable-store.ts";
import { beginFold } from "../run/fold-run.ts";
import { reduce } from "../run/reduce.ts";
import type { RunState } from "../run/run-state.ts";
import { consequences } from "./consequences.ts";

const parent = {
  runId: "above",
  stepId: "above:1",
  waitId: "wait-of-above",
  index: null,
  branch: false,
};
const ended: RecordBody = {
  kind: "ended",
  nodeId: "first",
  path: [],
  changes: [],
  status: "completed",
  output: 7,
  error: null,
  ...times,
};
const timedOut: RecordBody = {
  kind: "timed_out",
  nodeId: "first",
  stepId: "run:1",
  waitId: "wait-1",
  next: null,
  result: { timed_out: true },
  ...times,
};
const waits = (
  details: { sub_run_id: string } | null,
  reason: "subworkflow" | "event",
): RecordBody => ({
  kind: "waiting",
  ...firstStep,
  wait: waitOf({ reason, details }),
});

/** What the last of these records causes. */
function causedBy(...bodies: readonly RecordBody[]): readonly AddressedMessage[] {
  const [first, ...rest] = ledgerOf(...bodies);
  const last = rest.pop();
  if (first === undefined || last === undefined) throw new Error("give two bodies");
  const before = rest.reduce<RunState>(reduce, beginFold(first));
  return consequences(before, reduce(before, last), last);
}

describe("consequences", () => {
  it("let a run that ends tell its parent, under an id that makes a repetition a duplicate", () => {
    expect(causedBy(createdBody({ parent }), ended)).toMatchObject([
      {
        runId: "above",
        message: {
          kind: "child_ended",
          messageId: "run:ended",
          childId: "run",
          childWorkflowId: "w",
          waitId: "wait-of-above",
          status: "completed",
          output: 7,
          error: null,
          index: null,
        },
      },
    ]);
  });

  it("let a child of several say which of them it is", () => {
    expect(causedBy(createdBody({ parent: { ...parent, index: 3 } }), ended)).toMatchObject([
      { message: { index: 3 } },
    ]);
  });

  it("are none for a run that nobody started from a step", () => {
    expect(causedBy(createdBody({ parentRunId: "shown" }), ended)).toEqual([]);
  });

  it("cancel the child that nobody waits for any more", () => {
    const begun = [createdBody(), intentBody()];
    expect(
      causedBy(...begun, waits({ sub_run_id: "child" }, "subworkflow"), timedOut),
    ).toMatchObject([{ runId: "child", message: { kind: "cancel", messageId: "run:4:cancel" } }]);
    expect(causedBy(...begun, waits(null, "subworkflow"), timedOut)).toEqual([]);
    expect(causedBy(...begun, waits({ sub_run_id: "child" }, "event"), timedOut)).toEqual([]);
  });
});
