import type { RecordBody } from "../ledger/record-body.ts";
import { cutShort } from "../limits/cut-short.ts";
import { usageIn, type Usage } from "../limits/usage.ts";
import type { Pending, ReplayContract } from "../run/pending.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { makeGate } from "../wait/make-gate.ts";
import { makeWait } from "../wait/make-wait.ts";
import { formatInstant } from "../time/instant.ts";
import type { HandlersResult } from "./decision.ts";
import type { FailedOutcome, Outcome } from "./outcome.ts";
import { stepIdOf, stepKey } from "./step-key.ts";

/** What a transition may know beside the run: the time, and new names. Everything it says is data. */
export interface TransitionContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A new unguessable token. */
  readonly token: () => string;
}

/** How the runtime treats attempts of the effect at hand. */
export interface AttemptRules {
  readonly maxAttempts: number;
  readonly maxInterruptions: number;
  /** Milliseconds before the attempt after `failures` failed ones. */
  readonly backoffMs: (failures: number) => number;
}

/** Handlers decided: the intent of the next effect, or the end, or where the run stands now. */
export function onHandlers(
  run: RunState,
  result: HandlersResult,
  context: TransitionContext,
  intent: { readonly phase: "ready" | "begun"; readonly replay: ReplayContract },
): readonly RecordBody[] {
  const { path, changes, node, decision } = result;
  const times = instantly(context.now);
  switch (decision.type) {
    case "goto":
      return [{ kind: "moved", nodeId: node, path, changes, ...times }];
    case "complete":
      return [
        {
          kind: "ended",
          nodeId: node,
          path,
          changes,
          status: "completed",
          output: decision.output,
          error: null,
          ...times,
        },
      ];
    case "fail":
      return [
        {
          kind: "ended",
          nodeId: node,
          path,
          changes,
          status: "failed",
          output: null,
          error: decision.error,
          ...times,
        },
      ];
    case "effect": {
      const ordinal = run.ordinal + 1;
      const { effect, next, onError } = decision;
      const begin: RecordBody = {
        kind: intent.phase,
        nodeId: node,
        stepId: stepIdOf(run.runId, ordinal),
        ordinal,
        attempt: 1,
        idempotencyKey: stepKey(run, ordinal),
        effectType: effect.type,
        intent: {
          path,
          changes,
          effect,
          next,
          onError,
          replay: intent.replay,
          waitId: context.token(),
        },
        startedAt: times.startedAt,
        endedAt: null,
      };
      return [begin];
    }
    default:
      return decision satisfies never;
  }
}

/** An attempt ended. Of an interrupted one only what it used counts: its step stays open. */
export function onOutcome(
  run: RunState,
  pending: Pending,
  outcome: Outcome,
  context: TransitionContext,
  rules: AttemptRules,
): readonly RecordBody[] {
  const step = stepFields(pending, context.now);
  switch (outcome.status) {
    case "completed":
      return [
        {
          kind: "completed",
          ...step,
          ...usageIn(outcome),
          resultKey: pending.effect.resultKey,
          result: outcome.result,
        },
      ];
    case "waiting": {
      const wait = makeWait(pending, outcome.wait, context.now);
      return [{ kind: "waiting", ...step, ...usageIn(outcome), wait }];
    }
    case "failed":
      return onFailure(run, pending, outcome, context, rules);
    case "interrupted":
      return cutShort(pending, outcome, context.now);
    default:
      return outcome satisfies never;
  }
}

function onFailure(
  run: RunState,
  pending: Pending,
  outcome: FailedOutcome,
  context: TransitionContext,
  rules: AttemptRules,
): readonly RecordBody[] {
  const error = {
    ...outcome.error,
    nodeId: pending.nodeId,
    stepId: pending.stepId,
    attempt: pending.attempt,
  };
  if (pending.replay === "never" && !outcome.certain)
    return unknownOutcome(run, pending, context, error, outcome);
  const step = {
    ...stepFields(pending, context.now),
    ...usageIn(outcome),
    resultKey: pending.effect.resultKey,
    error,
  };
  const failures = pending.failures + 1;
  if (outcome.final || failures >= rules.maxAttempts) {
    const ended =
      pending.onError === null ? [endedByEffect(run, error, failures, context.now)] : [];
    return [{ kind: "failed", ...step, retryAt: null }, ...ended];
  }
  const delay = Math.max(outcome.retryAfterMs ?? 0, rules.backoffMs(failures));
  return [{ kind: "failed", ...step, retryAt: formatInstant(context.now + delay) }];
}

/** A driver meets an attempt that another driver, or itself in an earlier life, left open. */
export function onTakeover(
  run: RunState,
  pending: Pending,
  context: TransitionContext,
  rules: AttemptRules,
): readonly RecordBody[] {
  if (pending.replay === "never") return unknownOutcome(run, pending, context, null);
  const interrupted: RecordBody = { kind: "interrupted", ...stepFields(pending, context.now) };
  if (pending.interruptions >= rules.maxInterruptions) {
    return [
      interrupted,
      stuck(
        run,
        `effect ${pending.effect.type} was interrupted ${pending.interruptions + 1} times`,
        context,
      ),
    ];
  }
  return [interrupted, begun(pending, pending.attempt + 1, context.now)];
}

/** A ready effect is given to its handler. */
export function begun(pending: Pending, attempt: number, now: number): RecordBody {
  return {
    ...stepFields(pending, now),
    kind: "begun",
    attempt,
    intent: null,
    startedAt: formatInstant(now),
    endedAt: null,
  };
}

/** A begun effect is put back, because its handler was never called. */
export function withdrawn(pending: Pending, now: number): RecordBody {
  return { ...stepFields(pending, now), kind: "ready", intent: null };
}

/** The run waits before its next effect or node until a person says that it may go on. */
export function stuck(run: RunState, why: string, context: TransitionContext): RecordBody {
  const prompt = `${why} without progress. Find the cause, then settle: not_happened tries again, give_up fails.`;
  const wait = makeGate(run, { gate: "stuck", waitId: context.token(), prompt, details: { why } });
  return { kind: "gated", nodeId: run.currentNode, gate: "stuck", wait, ...instantly(context.now) };
}

function unknownOutcome(
  run: RunState,
  pending: Pending,
  context: TransitionContext,
  error: RunError | null,
  spent: { readonly usage?: Usage } = {},
): readonly RecordBody[] {
  const { type } = pending.effect;
  const prompt = `Nobody knows whether ${type} happened. Find out with its idempotency key, then settle it.`;
  const details = {
    effect: type,
    idempotency_key: pending.idempotencyKey,
    error: error === null ? null : { ...error },
  };
  const wait = makeGate(run, { gate: "unknown_outcome", waitId: context.token(), prompt, details });
  return [
    { kind: "interrupted", ...stepFields(pending, context.now), ...usageIn(spent) },
    {
      kind: "gated",
      nodeId: pending.nodeId,
      gate: "unknown_outcome",
      wait,
      ...instantly(context.now),
    },
  ];
}

/** An effect that failed for good, and no node to handle it. The text is 0.2.0's. */
export function endedByEffect(
  run: RunState,
  cause: RunError,
  attempts: number,
  now: number,
): RecordBody {
  const message = `Effect failed after ${attempts} attempts: ${cause.message}`;
  const error = { ...cause, code: "effect_failed", message, details: { cause: { ...cause } } };
  const rest = { path: [], changes: [], output: null } as const;
  return {
    kind: "ended",
    nodeId: cause.nodeId ?? run.currentNode,
    status: "failed",
    error,
    ...rest,
    ...instantly(now),
  };
}

/** Times of a record that is no step. */
export function instantly(now: number): { readonly startedAt: string; readonly endedAt: string } {
  const at = formatInstant(now);
  return { startedAt: at, endedAt: at };
}

function stepFields(
  pending: Pending,
  now: number,
): {
  readonly nodeId: string;
  readonly stepId: string;
  readonly ordinal: number;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly effectType: string;
  readonly startedAt: string;
  readonly endedAt: string;
} {
  const endedAt = formatInstant(now);
  return {
    nodeId: pending.nodeId,
    stepId: pending.stepId,
    ordinal: pending.ordinal,
    attempt: pending.attempt,
    idempotencyKey: pending.idempotencyKey,
    effectType: pending.effect.type,
    startedAt: pending.startedAt ?? endedAt,
    endedAt,
  };
}
