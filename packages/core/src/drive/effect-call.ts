import { Attempt } from "../attempt/attempt.ts";
import { perform } from "../attempt/perform.ts";
import type { EffectContext, EffectDefinition } from "../effect/effect-definition.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { JsonValue } from "../json/json-value.ts";
import { Meter } from "../limits/meter.ts";
import type { UsageReport } from "../limits/usage.ts";
import type { Logger } from "../ports/logger.ts";
import { backoff } from "../policy/effect-policy.ts";
import type { Pending } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import { failedOutcome, type Outcome } from "../step/outcome.ts";
import { resolvePayload } from "../step/payload.ts";
import type { AttemptRules } from "../step/transition.ts";
import type { Kernel } from "./kernel.ts";

/** One attempt at the run's pending effect, on its way. */
export interface EffectCall {
  readonly attempt: Attempt;
  readonly outcome: Promise<Outcome>;
}

/** Call the handler of the pending effect. `onLate` hears of an end that nobody waited for any more. */
export function callEffect(
  kernel: Kernel,
  run: RunState,
  pending: Pending,
  onLate: (outcome: Outcome) => void,
): EffectCall {
  const { type } = pending.effect;
  const definition = kernel.effects.get(type);
  const attempt = new Attempt(kernel.clock, definition?.timeoutMs ?? kernel.policy.timeoutMs(type));
  if (definition === undefined) {
    attempt.close();
    return { attempt, outcome: Promise.resolve(notRegistered(type)) };
  }
  const payload = deepFreeze(resolvePayload(pending.effect, run.vars));
  const spends = definition.spends !== false;
  const meter = new Meter(kernel.clock, pending, spends ? run.vars : null);
  const context = new AttemptContext(kernel, run, pending, { attempt, meter });
  return { attempt, outcome: perform({ definition, payload, context, attempt, meter, onLate }) };
}

/** How attempts of an effect type are repeated: the definition's own word first, then the policy's. */
export function rulesFor(kernel: Kernel, type: string): AttemptRules {
  const { policy, ids } = kernel;
  const retry: EffectDefinition["retry"] = kernel.effects.get(type)?.retry ?? {};
  const own = retry.baseMs !== undefined || retry.maxMs !== undefined || retry.jitter !== undefined;
  const random = (): number => ids.random();
  return {
    maxAttempts: retry.maxAttempts ?? policy.maxAttempts(type),
    maxInterruptions: policy.maxInterruptions(type),
    backoffMs: (failures) =>
      own ? backoff(retry, failures, random) : policy.backoffMs(type, failures, random),
  };
}

class AttemptContext implements EffectContext {
  readonly #kernel: Kernel;
  readonly #run: RunState;
  readonly #pending: Pending;
  readonly #attempt: Attempt;
  readonly #meter: Meter;

  constructor(
    kernel: Kernel,
    run: RunState,
    pending: Pending,
    { attempt, meter }: { readonly attempt: Attempt; readonly meter: Meter },
  ) {
    this.#kernel = kernel;
    this.#run = run;
    this.#pending = pending;
    this.#attempt = attempt;
    this.#meter = meter;
  }

  get runId(): string {
    return this.#run.runId;
  }
  get workflowId(): string {
    return this.#run.workflowId;
  }
  get actorId(): string | null {
    return this.#run.actorId;
  }
  get sessionId(): string | null {
    return this.#run.sessionId;
  }
  get parentRunId(): string | null {
    return this.#run.parentRunId;
  }
  get nodeId(): string {
    return this.#pending.nodeId;
  }
  get stepId(): string {
    return this.#pending.stepId;
  }
  get attempt(): number {
    return this.#pending.attempt;
  }
  get idempotencyKey(): string {
    return this.#pending.idempotencyKey;
  }
  get waitId(): string {
    return this.#pending.waitId;
  }
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
  get logger(): Logger {
    return this.#kernel.logger;
  }
  get context(): unknown {
    return this.#kernel.context;
  }

  heartbeat(): void {
    this.#attempt.heartbeat();
  }

  progress(data: JsonValue): void {
    this.#kernel.events.emit({ type: "progress", runId: this.runId, stepId: this.stepId, data });
  }

  usage(report: UsageReport): void {
    this.#meter.add(report);
  }

  now(): number {
    return this.#kernel.clock.now();
  }
}

function notRegistered(type: string): Outcome {
  const message = `No effect handler registered for ${type}`;
  return failedOutcome("effect_not_registered", message, { final: true, certain: true });
}
