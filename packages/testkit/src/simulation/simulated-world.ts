import type { EffectContext, EffectDefinition } from "@abstractruntime/core";
import type { Clock, JsonValue } from "@abstractruntime/core/store";
import type { Trace } from "./trace.ts";

/** One call of an effect's handler. */
export interface Execution {
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly effectType: string;
  readonly replay: EffectDefinition["replay"];
  readonly idempotencyKey: string;
}

/** The world outside of all processes: its clock goes on, and what was asked of it happens, whoever crashes. */
export class SimulatedWorld {
  readonly clock: Clock;
  readonly #trace: Trace;
  readonly #executions: Execution[] = [];
  readonly #onExecution: (execution: Execution) => void;

  constructor(clock: Clock, trace: Trace, onExecution: (execution: Execution) => void) {
    this.clock = clock;
    this.#trace = trace;
    this.#onExecution = onExecution;
  }

  /** All calls of effect handlers so far, in order. */
  get executions(): readonly Execution[] {
    return this.#executions;
  }

  /** The same effect, under observation. */
  observed(definition: EffectDefinition): EffectDefinition {
    const { type, payloadSchema, resultSchema, replay, retry, timeoutMs, usage, spends } =
      definition;
    const perform = (payload: JsonValue, context: EffectContext): unknown => {
      this.#note(definition, context);
      return definition.perform(payload, context);
    };
    const said = { type, payloadSchema, resultSchema, replay, retry, timeoutMs, usage, spends };
    return { ...said, perform };
  }

  #note({ type, replay }: EffectDefinition, context: EffectContext): void {
    const { runId, stepId, attempt, idempotencyKey } = context;
    this.#trace.add("world", `${type} for ${stepId}, attempt ${attempt}`);
    const execution = { runId, stepId, attempt, effectType: type, replay, idempotencyKey };
    this.#executions.push(execution);
    this.#onExecution(execution);
  }
}
