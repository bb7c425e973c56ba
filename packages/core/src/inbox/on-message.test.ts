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
import type { RecordBody } from "../ledger/record-body.ts";
import type { RunState } from "../run/run-state.ts";
import type { Message } from "./message.ts";
import { answersWait, onMessage } from "./on-message.ts";

const sent = { messageId: "m", by: "ann", sentAt: nowIso } as const;
const said = { messageId: "m", by: "ann", nodeId: "first", ...times } as const;
const answer: Message = { kind: "answer", waitId: "wait-1", payload: "yes", ...sent };
const event: Message = { kind: "event", key: "k", payload: { n: 1 }, ...sent };
const limits: Message = { kind: "limits", limits: { max_tokens: 5 }, ...sent };
const cancel: Message = { kind: "cancel", reason: "enough", ...sent };
const outcome: Message = {
  kind: "outcome",
  stepId: "run:1",
  attempt: 1,
  result: { done: true },
  error: null,
  ...sent,
};
const settle = (fields: object = {}): Message => ({
  kind: "settle",
  waitId: "gate",
  verdict: "not_happened",
  result: null,
  ...sent,
  ...fields,
});
const childEnded = (fields: object = {}): Message => ({
  kind: "child_ended",
  childId: "child",
  childWorkflowId: "cw",
  waitId: "wait-1",
  status: "completed",
  output: 7,
  error: null,
  index: null,
  ...sent,
  ...fields,
});

const begun = (intent = {}): RunState => runOf(createdBody(), intentBody({}, intent));
const waiting = (fields = {}): RunState =>
  runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait: waitOf(fields) });
const gated = (gate: "unknown_outcome" | "stuck", intent = {}): RunState =>
  after(begun(intent), {
    kind: "gated",
    nodeId: "first",
    gate,
    wait: waitOf({ waitId: "gate", gate, waitKeys: [], resumeToNode: null, prompt: "look" }),
    ...times,
  });
const stuckAtNode = (): RunState =>
  runOf(createdBody(), {
    kind: "gated",
    nodeId: "first",
    gate: "stuck",
    wait: waitOf({ waitId: "gate", stepId: null, gate: "stuck", waitKeys: [] }),
    ...times,
  });
const paused = (run: RunState): RunState => after(run, { kind: "paused", ...said });

/** What becomes of the run; the message must be consumed by the first of its records. */
function folded(run: RunState, message: Message): RunState {
  const bodies = onMessage(run, message, now) ?? [];
  expect(bodies[0]).toMatchObject({ messageId: "m", by: "ann" });
  return after(run, ...bodies);
}

const kindsOf = (bodies: readonly RecordBody[] | null): unknown => bodies?.map(({ kind }) => kind);

describe("onMessage", () => {
  it("cancels, pauses and unpauses whatever the run does", () => {
    for (const run of [begun(), waiting(), gated("stuck"), paused(waiting())]) {
      expect(folded(run, cancel)).toMatchObject({
        status: "cancelled",
        error: { message: "enough" },
      });
      expect(folded(run, { kind: "pause", ...sent }).paused).toBe(true);
      expect(folded(run, { kind: "unpause", ...sent }).paused).toBe(false);
      expect(folded(run, limits).vars).toMatchObject({ _limits: { max_tokens: 5 } });
    }
  });

  it("keeps everything else for a paused run", () => {
    for (const message of [answer, event, childEnded(), settle(), outcome])
      expect(onMessage(paused(waiting()), message, now)).toBeNull();
  });

  it("does nothing to a run that has ended", () => {
    const ended = folded(begun(), cancel);
    for (const message of [cancel, answer, limits, outcome])
      expect(onMessage(ended, message, now)).toBeNull();
  });

  it("ends the wait that an answer names, or an event's key", () => {
    expect(folded(waiting(), answer)).toMatchObject({ status: "running", vars: { result: "yes" } });
    expect(folded(waiting({ waitKeys: ["j", "k"] }), event)).toMatchObject({
      vars: { result: { n: 1 } },
    });
    expect(onMessage(waiting(), event, now)).toMatchObject([{ kind: "answered", key: "k" }]);
  });

  it("keeps an event that nobody waits for yet, and refuses an answer to a wait that is over", () => {
    expect(onMessage(begun(), event, now)).toBeNull();
    expect(onMessage(waiting({ waitKeys: ["other"] }), event, now)).toBeNull();
    expect(onMessage(waiting({ waitId: "later" }), answer, now)).toMatchObject([
      { kind: "refused", waitId: "wait-1", reason: { code: "wait_id_mismatch" } },
    ]);
  });

  it("keeps an answer that came before its wait", () => {
    expect(onMessage(begun(), answer, now)).toBeNull();
    expect(onMessage(gated("stuck"), answer, now)).toBeNull();
  });

  it("takes such an answer for what became of an effect of unknown outcome", () => {
    expect(folded(gated("unknown_outcome"), answer)).toMatchObject({
      status: "running",
      pending: null,
      currentNode: "second",
      vars: { result: "yes" },
    });
  });

  it("refuses an answer that is no choice, and keeps waiting", () => {
    const run = waiting({ choices: ["no"], allowFreeText: false });
    expect(onMessage(run, answer, now)).toMatchObject([
      { kind: "refused", reason: { code: "invalid_answer" } },
    ]);
    expect(folded(run, answer).status).toBe("waiting");
  });

  it("stores what the schema made of an answer, or refuses what it refused", () => {
    const run = waiting();
    expect(onMessage(run, answer, now, { value: 42 })).toMatchObject([
      { kind: "answered", result: 42 },
    ]);
    const refused = errorOf({ code: "schema_mismatch" });
    expect(onMessage(run, answer, now, { refused })).toMatchObject([
      { kind: "refused", reason: refused },
    ]);
  });
});

describe("answersWait", () => {
  it("knows which messages end the present wait by what they say", () => {
    expect(answersWait(waiting(), answer)?.waitId).toBe("wait-1");
    expect(answersWait(waiting(), event)?.waitId).toBe("wait-1");
    expect(answersWait(waiting(), cancel)).toBeNull();
    expect(answersWait(begun(), answer)).toBeNull();
    expect(answersWait(gated("unknown_outcome"), answer)).toBeNull();
    expect(answersWait(paused(waiting()), answer)).toBeNull();
  });
});

describe("a child's end", () => {
  const waits = (fields = {}): RunState =>
    waiting({ reason: "subworkflow", waitKeys: [], ...fields });

  it("answers the wait for it with its output", () => {
    expect(folded(waits(), childEnded()).vars).toEqual({
      result: { sub_run_id: "child", output: 7 },
    });
  });

  it.each([
    ["failed", "run_failed", "Subworkflow 'cw' failed: it broke"],
    ["cancelled", "run_cancelled", "Subworkflow 'cw' was cancelled: it broke"],
  ])("that %s fails the parent, or goes to its onError node", (status, code, message) => {
    const end = childEnded({ status, output: null, error: errorOf() });
    expect(folded(waits(), end)).toMatchObject({
      status: "failed",
      error: { code: "effect_failed", details: { cause: { code, message } } },
    });
    expect(folded(waits({ onErrorNode: "mend" }), end)).toMatchObject({
      status: "running",
      currentNode: "mend",
      vars: { result: { error: { code, message, details: { sub_run_id: "child" } } } },
    });
  });

  it("is an event under its key for a parent that did not wait", () => {
    const end = childEnded({ waitId: null, error: errorOf(), status: "failed", output: null });
    expect(folded(waiting({ waitKeys: ["subworkflow:child"] }), end).vars).toMatchObject({
      result: { sub_run_id: "child", status: "failed", output: null, error: { code: "boom" } },
    });
    expect(onMessage(begun(), end, now)).toBeNull();
  });

  it("is refused when the wait for it is over", () => {
    expect(onMessage(waiting({ waitId: "later" }), childEnded(), now)).toMatchObject([
      { kind: "refused", reason: { code: "run_not_waiting" } },
    ]);
  });
});

describe("a join that is due", () => {
  const due = (waitId: string): Message => ({
    kind: "join_due",
    waitId,
    completed: 1,
    failed: 0,
    ...sent,
  });

  it("is kept for whoever holds the run while it waits, and refused when that wait is over", () => {
    expect(onMessage(waiting(), due("wait-1"), now)).toBeNull();
    for (const run of [waiting(), begun()])
      expect(onMessage(run, due("earlier"), now)).toMatchObject([
        { kind: "refused", waitId: "earlier", reason: { code: "run_not_waiting" } },
      ]);
  });
});

describe("a settlement", () => {
  it("says that the effect happened, with its result", () => {
    const message = settle({ verdict: "happened", result: { id: 5 } });
    expect(folded(gated("unknown_outcome"), message)).toMatchObject({
      currentNode: "second",
      vars: { result: { id: 5 } },
    });
  });

  it("lets the effect be done, or the stuck node go on", () => {
    expect(folded(gated("unknown_outcome"), settle()).pending).toMatchObject({ stepId: "run:1" });
    expect(folded(stuckAtNode(), settle())).toMatchObject({
      status: "running",
      currentNode: "first",
    });
  });

  it.each([
    ["unknown_outcome", "unknown_outcome"],
    ["stuck", "stuck"],
  ] as const)("gives up: a run at a gate of %s fails", (gate, code) => {
    expect(folded(gated(gate), settle({ verdict: "give_up" }))).toMatchObject({
      status: "failed",
      error: { code: "effect_failed", details: { cause: { code, message: "given up: look" } } },
    });
  });

  it("gives up, and the onError node goes on", () => {
    const run = gated("unknown_outcome", { onError: "mend" });
    expect(folded(run, settle({ verdict: "give_up" }))).toMatchObject({
      status: "running",
      currentNode: "mend",
    });
  });

  it("gives up at a node that has no effect pending", () => {
    expect(folded(stuckAtNode(), settle({ verdict: "give_up" }))).toMatchObject({
      status: "failed",
    });
  });

  it("is refused at another gate, at no gate, and when nothing could have happened", () => {
    const refused = (code: string): object => ({ kind: "refused", reason: { code } });
    expect(onMessage(gated("stuck"), settle({ waitId: "old" }), now)).toMatchObject([
      refused("wait_id_mismatch"),
    ]);
    expect(onMessage(waiting({ waitId: "gate" }), settle(), now)).toMatchObject([
      refused("wait_id_mismatch"),
    ]);
    expect(onMessage(stuckAtNode(), settle({ verdict: "happened" }), now)).toMatchObject([
      refused("invalid_argument"),
    ]);
  });
});

describe("a late outcome", () => {
  it("is the step's end while the step is open", () => {
    expect(kindsOf(onMessage(begun(), outcome, now))).toEqual(["late", "completed"]);
    expect(folded(begun(), outcome)).toMatchObject({
      pending: null,
      currentNode: "second",
      vars: { result: { done: true } },
    });
  });

  it.each(["unknown_outcome", "stuck"] as const)("settles a gate of %s", (gate) => {
    expect(folded(gated(gate), outcome)).toMatchObject({
      status: "running",
      pending: null,
      vars: { result: { done: true } },
    });
  });

  it("is only noted when the step is over, waits, or it was an error", () => {
    for (const [run, message] of [
      [runOf(createdBody()), outcome],
      [waiting(), outcome],
      [begun(), { ...outcome, stepId: "run:0" }],
      [begun(), { ...outcome, result: null, error: errorOf() }],
    ] as const)
      expect(kindsOf(onMessage(run, message, now))).toEqual(["late"]);
  });
});
