import { describe, expect, it } from "vitest";
import {
  after,
  createdBody,
  errorOf,
  firstStep,
  intentBody,
  now,
  nowIso,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import type { Message } from "../inbox/message.ts";
import { answersWait, onMessage } from "../inbox/on-message.ts";
import type { RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import type { Wait } from "./wait.ts";
import { isAnswer } from "./any-wait.ts";
import { onTime } from "./on-time.ts";

const sent = { messageId: "m", by: "ann", sentAt: nowIso } as const;
const answer = (payload = "yes"): Message => ({
  kind: "answer",
  waitId: "wait-1",
  payload,
  ...sent,
});
const event = (key: string, payload = "yes"): Message => ({ kind: "event", key, payload, ...sent });
const childEnded = (fields: object = {}): Message => ({
  kind: "child_ended",
  childId: "c",
  childWorkflowId: "cw",
  waitId: null,
  status: "completed",
  output: 7,
  error: null,
  index: null,
  ...sent,
  ...fields,
});

/** A wait for a person, the events `a` and `b`, and the child `c`. */
const anyWait = (fields: Partial<Wait> = {}): Wait =>
  waitOf({
    any: true,
    reason: "user",
    waitKey: "ask",
    waitKeys: ["ask", "a", "b", "subworkflow:c"],
    choices: ["yes", "no"],
    allowFreeText: false,
    ...fields,
  });
const asksNobody = { reason: "event", waitKey: "a", waitKeys: ["a", "subworkflow:c"] } as const;
const waiting = (fields: Partial<Wait> = {}): RunState =>
  runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait: anyWait(fields) });

function wonIn(run: RunState, message: Message): unknown {
  const ended = after(run, ...(onMessage(run, message, now) ?? []));
  expect(ended).toMatchObject({ status: "running", currentNode: "second", pending: null });
  return ended.vars["result"];
}

const refusal = (code: string): object => ({ kind: "refused", messageId: "m", reason: { code } });

describe("a wait for the first of several things", () => {
  it("says which event won, and keeps the question's choices out of it", () => {
    expect(wonIn(waiting(), event("b", "anything"))).toEqual({
      won: "event",
      key: "b",
      payload: "anything",
    });
  });

  it("says what the person answered, by wait id or by the person's key", () => {
    expect(wonIn(waiting(), answer())).toEqual({ won: "user", answer: "yes" });
    expect(wonIn(waiting(), event("ask", "no"))).toEqual({ won: "user", answer: "no" });
    expect(onMessage(waiting(), event("ask"), now)).toMatchObject([{ key: "ask" }]);
    expect(onMessage(waiting(), answer(), now)).toMatchObject([{ key: null }]);
  });

  it("takes only a choice for an answer, and goes on waiting", () => {
    for (const message of [answer("maybe"), event("ask", "maybe")]) {
      expect(onMessage(waiting(), message, now)).toMatchObject([refusal("invalid_answer")]);
      const run = waiting();
      expect(after(run, ...(onMessage(run, message, now) ?? [])).status).toBe("waiting");
    }
  });

  it("stores what a schema made of the person's answer, and ignores schemas for events", () => {
    const checked = { value: 42 };
    expect(onMessage(waiting(), answer(), now, checked)).toMatchObject([
      { result: { won: "user", answer: 42 } },
    ]);
    expect(onMessage(waiting(), event("a", "raw"), now, checked)).toMatchObject([
      { result: { won: "event", payload: "raw" } },
    ]);
  });

  it("says how a child ended, and does not fail by it", () => {
    expect(wonIn(waiting(), childEnded())).toEqual({
      won: "child",
      sub_run_id: "c",
      status: "completed",
      output: 7,
      error: null,
    });
    const end = childEnded({ status: "failed", output: null, error: errorOf() });
    expect(wonIn(waiting(), end)).toEqual({
      won: "child",
      sub_run_id: "c",
      status: "failed",
      output: null,
      error: errorOf(),
    });
  });

  it("says the time, and goes to the time's own node where it has one", () => {
    const until = formatInstant(now + 1_000);
    const timed = { ...asksNobody, until };
    expect(onTime(waiting(timed), now + 999)).toEqual([]);
    const run = waiting(timed);
    expect(after(run, ...onTime(run, now + 1_000))).toMatchObject({
      currentNode: "second",
      vars: { result: { won: "time", until } },
    });
    const toLate = waiting({ ...timed, timeout: { at: until, node: "late" } });
    expect(after(toLate, ...onTime(toLate, now + 1_000))).toMatchObject({
      currentNode: "late",
      vars: { result: { won: "time", until } },
    });
  });

  it("refuses an answer when it asks nobody, and hears events", () => {
    expect(onMessage(waiting(asksNobody), answer(), now)).toMatchObject([
      refusal("invalid_answer"),
    ]);
    expect(wonIn(waiting(asksNobody), event("a"))).toMatchObject({ won: "event", key: "a" });
  });

  it("is answered by each of its parts", () => {
    const run = waiting();
    for (const message of [answer(), event("a"), event("ask"), childEnded()])
      expect(answersWait(run, message)).toBe(run.waiting);
    for (const message of [event("other"), childEnded({ childId: "other" })])
      expect(answersWait(run, message)).toBeNull();
  });

  it("is over for all once it has ended: an answer is refused, events and ends of children are kept", () => {
    const run = waiting();
    const over = after(run, ...(onMessage(run, event("a"), now) ?? []));
    expect(onMessage(over, answer(), now)).toMatchObject([refusal("wait_id_mismatch")]);
    for (const message of [event("b"), event("ask"), childEnded()])
      expect(onMessage(over, message, now)).toBeNull();
  });

  it("keeps everything for later while the run is paused", () => {
    const said = { messageId: "p", by: null, nodeId: "first", ...times } as const;
    const paused = after(waiting({ until: nowIso }), { kind: "paused", ...said });
    for (const message of [answer(), event("a"), childEnded()])
      expect(onMessage(paused, message, now)).toBeNull();
    expect(onTime(paused, now)).toEqual([]);
  });
});

describe("isAnswer", () => {
  it("is the person's part of several things, and everything said to another wait", () => {
    expect(isAnswer(anyWait(), answer())).toBe(true);
    expect(isAnswer(anyWait(), event("ask"))).toBe(true);
    expect(isAnswer(anyWait(), event("a"))).toBe(false);
    expect(isAnswer(anyWait(asksNobody), answer())).toBe(false);
    expect(isAnswer(anyWait(asksNobody), event("a"))).toBe(false);
    expect(isAnswer(waitOf(), event("k"))).toBe(true);
    expect(isAnswer(waitOf(), answer())).toBe(true);
    expect(isAnswer(waitOf(), childEnded())).toBe(false);
  });
});
