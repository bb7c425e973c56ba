import { describe, expect, it } from "vitest";
import {
  after,
  createdBody,
  errorOf,
  firstStep,
  intentBody,
  now,
  nowIso,
  pendingOf,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import type { RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { onTime } from "../wait/on-time.ts";
import type { FailedOutcome } from "./outcome.ts";
import { stepKey } from "./step-key.ts";
import {
  begun,
  onHandlers,
  onOutcome,
  onTakeover,
  stuck,
  withdrawn,
  type AttemptRules,
} from "./transition.ts";

const context = { now: now + 500, token: () => "token" };
const rules: AttemptRules = {
  maxAttempts: 3,
  maxInterruptions: 2,
  backoffMs: (failures) => failures * 1_000,
};
const walked = { path: ["first"], changes: [], node: "second", steps: 2 } as const;

function begunRun(intent: Parameters<typeof intentBody>[1] = {}): RunState {
  return runOf(createdBody(), intentBody({}, intent));
}

function failure(fields: Partial<FailedOutcome> = {}): FailedOutcome {
  return {
    status: "failed",
    error: errorOf(),
    final: false,
    certain: false,
    retryAfterMs: null,
    ...fields,
  };
}

describe("onHandlers", () => {
  const run = runOf(createdBody());
  const intent = { phase: "begun", replay: "idempotent" } as const;

  it("intends an effect under the key of this visit", () => {
    const effect = { type: "work", payload: { n: 1 }, resultKey: "r", refs: null };
    const decision = { type: "effect", effect, next: "third", onError: null } as const;
    const [record, ...rest] = onHandlers(run, { ...walked, decision }, context, intent);
    expect(rest).toEqual([]);
    expect(record).toMatchObject({
      kind: "begun",
      nodeId: "second",
      stepId: "run:1",
      ordinal: 1,
      attempt: 1,
      idempotencyKey: stepKey(run, 1),
      effectType: "work",
      intent: { path: ["first"], effect, next: "third", replay: "idempotent", waitId: "token" },
      endedAt: null,
    });
  });

  it("gives the next visit of the same node and payload another key", () => {
    const effect = { type: "work", payload: { n: 1 }, resultKey: null, refs: null };
    const decision = { type: "effect", effect, next: "first", onError: null } as const;
    const later = after(begunRun(), {
      kind: "completed",
      ...firstStep,
      resultKey: null,
      result: null,
    });
    const keys = [run, later].map(
      (state) =>
        onHandlers(state, { ...walked, decision }, context, intent).map((record) =>
          record.kind === "begun" ? record.idempotencyKey : "",
        )[0],
    );
    expect(keys[0]).not.toBe(keys[1]);
  });

  it("ends the run with an output or an error, or says where it stands", () => {
    const records = [
      onHandlers(run, { ...walked, decision: { type: "complete", output: 1 } }, context, intent),
      onHandlers(run, { ...walked, decision: { type: "fail", error: errorOf() } }, context, intent),
      onHandlers(run, { ...walked, decision: { type: "goto", node: "second" } }, context, intent),
    ].flat();
    expect(records).toMatchObject([
      { kind: "ended", status: "completed", output: 1, error: null, path: ["first"] },
      { kind: "ended", status: "failed", output: null, error: { code: "boom" } },
      { kind: "moved", nodeId: "second", path: ["first"] },
    ]);
  });
});

describe("onOutcome", () => {
  const run = begunRun();
  const pending = pendingOf(run);

  it("ends the step with its result, from when it began to now", () => {
    const outcome = { status: "completed", result: { a: 1 } } as const;
    expect(onOutcome(run, pending, outcome, context, rules)).toMatchObject([
      {
        kind: "completed",
        result: { a: 1 },
        startedAt: nowIso,
        endedAt: formatInstant(context.now),
      },
    ]);
  });

  it("begins the wait that an effect asks for", () => {
    const outcome = { status: "waiting", wait: { keys: ["k"], timeoutMs: 100 } } as const;
    expect(onOutcome(run, pending, outcome, context, rules)).toMatchObject([
      {
        kind: "waiting",
        wait: {
          waitId: "wait-1",
          waitKeys: ["k"],
          timeout: { at: formatInstant(context.now + 100) },
        },
      },
    ]);
  });

  it("leaves the step of an interrupted attempt open", () => {
    const outcome = { status: "interrupted", cause: "abort" } as const;
    expect(onOutcome(run, pending, outcome, context, rules)).toEqual([]);
  });

  it("retries after the backoff, or later if the effect says so", () => {
    const retryAt = (outcome: FailedOutcome): unknown =>
      onOutcome(run, pending, outcome, context, rules).map(
        (record) => record.kind === "failed" && record.retryAt,
      );
    expect(retryAt(failure())).toEqual([formatInstant(context.now + 1_000)]);
    expect(retryAt(failure({ retryAfterMs: 5_000 }))).toEqual([formatInstant(context.now + 5_000)]);
    expect(retryAt(failure({ retryAfterMs: 10 }))).toEqual([formatInstant(context.now + 1_000)]);
  });

  it.each([
    ["is final", failure({ final: true }), 0, "after 1 attempts"],
    ["was the last", failure(), 2, "after 3 attempts"],
  ])("fails the run when the failure %s", (_why, outcome, failures, text) => {
    const worn = { ...pending, failures, attempt: failures + 1 };
    expect(onOutcome(run, worn, outcome, context, rules)).toMatchObject([
      { kind: "failed", retryAt: null, error: { stepId: "run:1", nodeId: "first" } },
      {
        kind: "ended",
        status: "failed",
        error: {
          code: "effect_failed",
          message: `Effect failed ${text}: it broke`,
          details: { cause: { code: "boom" } },
        },
      },
    ]);
  });

  it("does not end a run that has a node for the failure", () => {
    const handled = begunRun({ onError: "mend" });
    const records = onOutcome(
      handled,
      pendingOf(handled),
      failure({ final: true }),
      context,
      rules,
    );
    expect(records.map(({ kind }) => kind)).toEqual(["failed"]);
  });

  it("asks what became of an effect that must not be repeated, unless the failure is certain", () => {
    const never = begunRun({ replay: "never" });
    const unknown = onOutcome(never, pendingOf(never), failure(), context, rules);
    expect(unknown).toMatchObject([
      { kind: "interrupted" },
      {
        kind: "gated",
        gate: "unknown_outcome",
        wait: {
          waitId: "token",
          stepId: "run:1",
          details: {
            gate: "unknown_outcome",
            effect: "work",
            idempotency_key: "key",
            error: { code: "boom" },
          },
        },
      },
    ]);
    const certain = onOutcome(never, pendingOf(never), failure({ certain: true }), context, rules);
    expect(certain).toMatchObject([
      { kind: "failed", retryAt: formatInstant(context.now + 1_000) },
    ]);
  });
});

describe("onTakeover", () => {
  it("notes the interruption and begins the next attempt", () => {
    const run = begunRun();
    expect(onTakeover(run, pendingOf(run), context, rules)).toMatchObject([
      { kind: "interrupted", attempt: 1 },
      { kind: "begun", attempt: 2, intent: null, idempotencyKey: "key" },
    ]);
  });

  it("stops before the effect after too many interruptions", () => {
    const run = begunRun();
    const worn = { ...pendingOf(run), interruptions: 2 };
    expect(onTakeover(run, worn, context, rules)).toMatchObject([
      { kind: "interrupted" },
      {
        kind: "gated",
        gate: "stuck",
        wait: { details: { why: expect.stringContaining("3 times") } },
      },
    ]);
  });

  it("asks what became of an effect that must not be repeated", () => {
    const run = begunRun({ replay: "never" });
    expect(onTakeover(run, pendingOf(run), context, rules)).toMatchObject([
      { kind: "interrupted" },
      { kind: "gated", gate: "unknown_outcome", wait: { details: { error: null } } },
    ]);
  });
});

describe("onTime", () => {
  const waiting = (fields: Parameters<typeof waitOf>[0]): RunState =>
    runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait: waitOf(fields) });
  const at = formatInstant(now + 1_000);

  it("ends a timer when it is due, and not before", () => {
    const run = waiting({ reason: "until", until: at });
    expect(onTime(run, now + 999)).toEqual([]);
    expect(onTime(run, now + 1_000)).toMatchObject([
      { kind: "timed_out", next: null, result: { until: at, ready: true } },
    ]);
  });

  it("ends a wait that timed out, at the timeout's node", () => {
    const run = waiting({ timeout: { at, node: "late" } });
    expect(onTime(run, now + 999)).toEqual([]);
    expect(onTime(run, now + 1_000)).toMatchObject([
      { kind: "timed_out", next: "late", result: { timed_out: true } },
    ]);
  });

  it("has nothing to say to runs that are paused or do not wait for time", () => {
    const paused = after(waiting({ timeout: { at, node: null } }), {
      kind: "paused",
      messageId: null,
      by: null,
      nodeId: "first",
      ...times,
    });
    expect(onTime(paused, now + 5_000)).toEqual([]);
    expect(onTime(waiting({}), now + 5_000)).toEqual([]);
    expect(onTime(begunRun(), now + 5_000)).toEqual([]);
  });
});

describe("begun, withdrawn and stuck", () => {
  it("give an effect to its handler, take it back, and stop before it", () => {
    const run = begunRun();
    const pending = pendingOf(run);
    expect(begun(pending, 4, now)).toMatchObject({
      kind: "begun",
      attempt: 4,
      intent: null,
      endedAt: null,
    });
    expect(withdrawn(pending, now)).toMatchObject({ kind: "ready", attempt: 1, intent: null });
    expect(stuck(run, "no luck", context)).toMatchObject({
      kind: "gated",
      gate: "stuck",
      wait: { prompt: expect.stringContaining("no luck without progress") },
    });
  });
});
