import { describe, expect, it } from "vitest";
import { z } from "zod";
import { VirtualClock } from "../../../testkit/src/clock/virtual-clock.ts";
import { createdBody, intentBody, pendingOf, runOf } from "../../test/records.ts";
import { handHeld } from "../../test/world.ts";
import type { EffectContext, EffectDefinition } from "../effect/effect-definition.ts";
import { EffectError } from "../effect/effect-error.ts";
import { waitFor } from "../effect/wait-request.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import { Meter } from "../limits/meter.ts";
import { silentLogger } from "../ports/silent-logger.ts";
import type { Outcome } from "../step/outcome.ts";
import { Attempt } from "./attempt.ts";
import { perform } from "./perform.ts";

interface Called {
  readonly attempt: Attempt;
  readonly clock: VirtualClock;
  readonly outcome: Promise<Outcome>;
  readonly late: readonly Outcome[];
}

function called(
  definition: Partial<EffectDefinition>,
  options: { readonly payload?: JsonObject; readonly timeoutMs?: number } = {},
): Called {
  const clock = new VirtualClock();
  const attempt = new Attempt(clock, options.timeoutMs ?? null);
  const late: Outcome[] = [];
  const meter = new Meter(clock, pendingOf(runOf(createdBody(), intentBody())), {});
  const context: EffectContext = {
    runId: "run",
    workflowId: "w",
    nodeId: "first",
    stepId: "run:1",
    actorId: null,
    sessionId: null,
    parentRunId: null,
    attempt: 1,
    idempotencyKey: "key",
    waitId: "wait",
    signal: attempt.signal,
    heartbeat: () => attempt.heartbeat(),
    progress: () => {},
    usage: (report) => meter.add(report),
    now: () => clock.now(),
    logger: silentLogger,
    context: undefined,
  };
  const outcome = perform({
    definition: { ...handHeld({ type: "work" }), ...definition },
    payload: options.payload ?? {},
    context,
    attempt,
    meter,
    onLate: (end) => late.push(end),
  });
  return { attempt, clock, outcome, late };
}

const outcomeOf = async (
  definition: Partial<EffectDefinition>,
  payload: JsonObject = {},
): Promise<Outcome> => called(definition, { payload }).outcome;

describe("perform", () => {
  it("copies the result, and takes none for null", async () => {
    const result = { list: [1] };
    const outcome = await outcomeOf({ perform: () => result });
    result.list.push(2);
    expect(outcome).toEqual({ status: "completed", result: { list: [1] } });
    expect(await outcomeOf({ perform: async () => undefined })).toMatchObject({ result: null });
  });

  it("parses the payload before the call, and the result after it", async () => {
    const outcome = await outcomeOf(
      {
        payloadSchema: z.object({ n: z.coerce.number() }),
        resultSchema: z.object({ twice: z.number().default(0) }),
        perform: ({ n }) => ({ twice: n * 2, dropped: true }),
      },
      { n: "21" },
    );
    expect(outcome).toEqual({ status: "completed", result: { twice: 42 } });
  });

  it("does not call the handler with a payload that does not match: a final and certain failure", async () => {
    const work = handHeld({ type: "work", payloadSchema: z.object({ n: z.number() }) });
    expect(await outcomeOf(work, { n: "one" })).toMatchObject({
      status: "failed",
      final: true,
      certain: true,
      error: { code: "schema_mismatch", message: expect.stringMatching(/^payload\.n: /) },
    });
    expect(work.calls).toEqual([]);
  });

  it.each<[string, Partial<EffectDefinition>, string]>([
    ["matches no schema", { resultSchema: z.string(), perform: () => 1 }, "schema_mismatch"],
    ["is not JSON", { perform: () => ({ when: new Date(0) }) }, "invalid_json_value"],
  ])("fails for good, but not certainly, when the result %s", async (_what, definition, code) => {
    const outcome = await outcomeOf(definition);
    expect(outcome).toMatchObject({
      status: "failed",
      final: true,
      certain: false,
      error: { code },
    });
  });

  it("passes on that the effect waits", async () => {
    expect(await outcomeOf({ perform: () => waitFor({ keys: ["k"] }) })).toEqual({
      status: "waiting",
      wait: { keys: ["k"] },
    });
  });

  it("fails for good when the wait that the effect asks for can't be", async () => {
    const outcome = await outcomeOf({ perform: () => waitFor({ until: "tomorrow" }) });
    expect(outcome).toMatchObject({
      status: "failed",
      final: true,
      error: { code: "invalid_instant" },
    });
  });

  it("takes any error for a failure that may be repeated, thrown at once or later", async () => {
    const failure = {
      status: "failed",
      final: false,
      certain: false,
      retryAfterMs: null,
      error: { code: "effect_error", message: "broken" },
    };
    const broken = (): never => {
      throw new Error("broken");
    };
    expect(await outcomeOf({ perform: broken })).toMatchObject(failure);
    expect(await outcomeOf({ perform: async () => broken() })).toMatchObject(failure);
  });

  it("believes an EffectError what it says", async () => {
    const error = new EffectError("slow down", {
      code: "rate_limited",
      final: true,
      certain: true,
      retryAfterMs: 5_000,
      details: { quota: 1 },
    });
    expect(await outcomeOf({ perform: () => Promise.reject(error) })).toEqual({
      status: "failed",
      final: true,
      certain: true,
      retryAfterMs: 5_000,
      error: {
        code: "rate_limited",
        message: "slow down",
        nodeId: null,
        stepId: null,
        attempt: null,
        details: { quota: 1 },
      },
    });
  });

  it.each<[unknown, string, string]>([
    [new AbstractRuntimeError("invalid_argument", "bad"), "invalid_argument", "bad"],
    [new TypeError(""), "effect_error", "TypeError"],
    [new EffectError(""), "effect_error", "unknown error"],
    ["text \ud800", "effect_error", "text \ufffd"],
    ["", "effect_error", "unknown error"],
    [null, "effect_error", "null"],
  ])("stores what was thrown as code and message", async (thrown, code, message) => {
    const outcome = await outcomeOf({ perform: () => Promise.reject(thrown) });
    expect(outcome).toMatchObject({ error: { code, message } });
  });

  it("survives an EffectError whose details are not JSON", async () => {
    const details = { when: new Date(0) } as unknown as JsonObject; // what untyped callers do
    const error = new EffectError("odd", { details });
    const outcome = await outcomeOf({ perform: () => Promise.reject(error) });
    expect(outcome).toMatchObject({ status: "failed", error: { message: "odd" } });
  });

  it("gives up an attempt that takes too long, and tells of its late end", async () => {
    const work = handHeld({ type: "work" });
    const { clock, outcome, late } = called(work, { timeoutMs: 50 });
    await clock.advance(50);
    expect(await outcome).toMatchObject({
      status: "failed",
      final: false,
      certain: false,
      error: { code: "effect_timeout", message: "the attempt took longer than 50 ms" },
    });
    work.calls[0]?.resolve("after all");
    await clock.advance(0);
    expect(late).toEqual([{ status: "completed", result: "after all" }]);
  });

  it("says nothing of a late error", async () => {
    const work = handHeld({ type: "work" });
    const { attempt, clock, outcome, late } = called(work);
    attempt.interrupt("lease_lost", "gone");
    expect(await outcome).toEqual({ status: "interrupted", cause: "lease_lost" });
    work.calls[0]?.reject(new Error("aborted"));
    await clock.advance(0);
    expect(late).toEqual([]);
  });

  it("takes an error thrown because of the interruption for the interruption", async () => {
    const { attempt, outcome } = called({
      perform: (_payload, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    });
    attempt.interrupt("cancel", "stop");
    expect(await outcome).toEqual({ status: "interrupted", cause: "cancel" });
  });

  it("leaves no timer behind", async () => {
    const { clock, outcome } = called({ perform: () => 1 }, { timeoutMs: 50 });
    await outcome;
    expect(clock.timers).toBe(0);
  });
});
