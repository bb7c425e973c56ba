import { describe, expect, it } from "vitest";
import {
  after,
  createdBody,
  firstStep,
  intentBody,
  nowIso,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import type { ChildEndedMessage } from "../inbox/message.ts";
import type { RunState } from "../run/run-state.ts";
import type { Join } from "./join.ts";
import { isCounted, joinDue, tallied, tallyFor, type JoinTally } from "./join-tally.ts";

const waitId = "wait-1";

function joining(fields: Partial<Join> = {}): RunState {
  const join: Join = {
    intentSeq: 2,
    total: 3,
    begun: 3,
    need: null,
    onFailure: "settle",
    maxConcurrency: null,
    ...fields,
  };
  const wait = waitOf({ reason: "subworkflow", waitId, join });
  return runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait });
}

const tally = (completed: number, failed = 0): JoinTally => ({ waitId, completed, failed });

function endOf(fields: Partial<ChildEndedMessage> = {}): ChildEndedMessage {
  return {
    kind: "child_ended",
    messageId: "c:ended",
    by: null,
    sentAt: nowIso,
    childId: "c",
    childWorkflowId: "w",
    waitId,
    status: "completed",
    output: null,
    error: null,
    index: 0,
    ...fields,
  };
}

describe("a tally", () => {
  it("begins with the wait and goes on while it lasts", () => {
    const run = joining();
    expect(tallyFor(run, null)).toEqual(tally(0));
    expect(tallyFor(run, tally(2))).toEqual(tally(2));
    expect(tallyFor(run, { ...tally(2), waitId: "an older wait" })).toEqual(tally(0));
  });

  it("is none for a run that waits for no join", () => {
    expect(tallyFor(runOf(createdBody()), tally(2))).toBeNull();
    const wait = waitOf({ reason: "event", waitId });
    const run = runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait });
    expect(tallyFor(run, null)).toBeNull();
  });

  it("counts who completed and who did not", () => {
    expect(tallied(tally(1, 1), endOf())).toEqual(tally(2, 1));
    expect(tallied(tally(1, 1), endOf({ status: "failed" }))).toEqual(tally(1, 2));
    expect(tallied(tally(1, 1), endOf({ status: "cancelled" }))).toEqual(tally(1, 2));
  });

  it("does not count what comes for another wait", () => {
    expect(tallied(tally(1), endOf({ waitId: "older" }))).toEqual(tally(1));
    expect(tallied(tally(1), endOf({ waitId: null }))).toEqual(tally(1));
    expect(tallied(null, endOf())).toBeNull();
  });

  it("is of children of several, not of one alone", () => {
    expect(isCounted(endOf())).toBe(true);
    expect(isCounted(endOf({ index: null }))).toBe(false);
  });
});

describe("joinDue", () => {
  it("tells nothing before something is to be done", () => {
    expect(joinDue(joining(), tally(2), nowIso)).toBeNull();
    expect(joinDue(joining(), null, nowIso)).toBeNull();
    expect(joinDue(runOf(createdBody()), tally(3), nowIso)).toBeNull();
  });

  it("tells that the wait is decided, with the counts that decided it", () => {
    expect(joinDue(joining(), tally(2, 1), nowIso)).toEqual({
      kind: "join_due",
      messageId: "wait-1:3:2:1",
      by: null,
      sentAt: nowIso,
      waitId,
      completed: 2,
      failed: 1,
    });
  });

  it("tells that more children may begin, by another name each time", () => {
    const first = joinDue(joining({ begun: 1, maxConcurrency: 1 }), tally(1), nowIso);
    const second = joinDue(joining({ begun: 2, maxConcurrency: 1 }), tally(2), nowIso);
    expect(first).toMatchObject({ completed: 1 });
    expect(second).toMatchObject({ completed: 2 });
    expect(first?.messageId).not.toBe(second?.messageId);
  });

  it("tells nothing to a run that has ended", () => {
    const cancelled = after(joining(), {
      kind: "cancelled",
      reason: "",
      messageId: null,
      by: null,
      nodeId: "first",
      ...times,
    });
    expect(joinDue(cancelled, tally(3), nowIso)).toBeNull();
  });
});
