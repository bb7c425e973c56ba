import type { StandardSchemaV1 } from "@standard-schema/spec";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { UsageReport } from "../limits/usage.ts";
import type { ReplayContract } from "../run/pending.ts";
import { isSchema } from "../schema/is-schema.ts";
import type { Plan, Write } from "../step/plan.ts";
import type { EffectContext, EffectDefinition, RetryOptions } from "./effect-definition.ts";
import type { WaitRequest } from "./wait-request.ts";

/** Where a planned effect leads. */
export interface EffectPlan<
  Known extends string,
  Id extends string,
  Key extends string,
  ErrorId extends string,
> {
  /** The node that runs once the effect has ended. */
  readonly next: Id extends Known ? Id : NoInfer<Known>;
  /** Dotted path in `vars` for the result. */
  readonly resultKey?: Key | undefined;
  /** The node that runs when the effect failed for good; without one, the run fails. */
  readonly onError?: (ErrorId extends Known ? ErrorId : NoInfer<Known>) | undefined;
}

/** A value with `ref(...)` allowed wherever it has a value; `ref` is `any`, so the type need not say so. */
type Payload<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<Schema>
  : unknown;
// oxlint-disable-next-line typescript/no-explicit-any -- without a schema, the payload is the user's own affair
type Parsed<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : any;
type Result<Schema, Returned> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Exclude<Awaited<Returned>, WaitRequest>;

/** An effect type that is also the function that plans it. */
export interface Effect<Type extends string, In, Out> extends EffectDefinition {
  readonly type: Type;
  <
    Known extends string,
    const Id extends string,
    const Key extends string = never,
    const ErrorId extends string = never,
  >(
    payload: In,
    plan: EffectPlan<Known, Id, Key, ErrorId>,
  ): Plan<Known & NoInfer<Id | ErrorId>, never, Write<Key, Out>>;
}

export interface EffectSpec<
  Type extends string,
  PayloadSchema extends StandardSchemaV1 | undefined,
  ResultSchema extends StandardSchemaV1 | undefined,
  Returned,
> {
  /** 1 to 200 characters, unique in a runtime. A built-in type (`ask_user` …) replaces the built-in. */
  readonly type: Type;
  /** Any Standard Schema; checked before each attempt, a mismatch is final. `perform` gets what it parses to. */
  readonly payload?: PayloadSchema;
  /** Any Standard Schema; a result that does not match is a final failure, for `never` an unknown outcome. */
  readonly result?: ResultSchema;
  /** What a crash in the middle means: run again, run again with the same idempotency key, or stop and ask. */
  readonly replay: ReplayContract;
  readonly retry?: RetryOptions | undefined;
  /** Milliseconds per attempt. */
  readonly timeoutMs?: number | undefined;
  /** Performs the effect. Returns its result (JSON) or `waitFor(...)`; throws when it failed. */
  readonly perform: (payload: Parsed<PayloadSchema>, context: EffectContext) => Returned;
  /**
   * What an attempt used, by its result, as `context.usage` would report it; both are added up. Where it throws or returns
   * what can't be counted, nothing is, and the logger is told.
   */
  readonly usage?:
    | ((result: Result<ResultSchema, NoInfer<Returned>>) => UsageReport | null | undefined)
    | undefined;
  /**
   * Whether the effect spends from the run's budgets; true by default. False: no limit holds it back, and it reports no
   * use. For what a run must be able to do when all is used up, such as saving what it has.
   */
  readonly spends?: boolean | undefined;
}

/**
 * Define an effect type. The definition goes to `new Runtime({ effects })`; called, it plans the effect.
 *
 * @throws invalid_argument a type, replay contract or retry option of a wrong form
 */
export function defineEffect<
  const Type extends string,
  Returned,
  PayloadSchema extends StandardSchemaV1 | undefined = undefined,
  ResultSchema extends StandardSchemaV1 | undefined = undefined,
>(
  spec: EffectSpec<Type, PayloadSchema, ResultSchema, Returned>,
): Effect<Type, Payload<PayloadSchema>, Result<ResultSchema, Returned>> {
  assertSpec(spec);
  const definition: EffectDefinition = {
    type: spec.type,
    payloadSchema: spec.payload ?? null,
    resultSchema: spec.result ?? null,
    replay: spec.replay,
    retry: spec.retry ?? {},
    timeoutMs: spec.timeoutMs ?? null,
    perform: spec.perform,
    usage: spec.usage,
    spends: spec.spends ?? true,
  };
  const plan = (
    payload: unknown,
    {
      next,
      resultKey,
      onError,
    }: { next: string; resultKey?: string | undefined; onError?: string | undefined },
  ): Plan => ({
    effect: { type: spec.type, payload, resultKey },
    nextNode: next,
    onErrorNode: onError,
  });
  return Object.freeze(Object.assign(plan, definition)) as Effect<
    Type,
    Payload<PayloadSchema>,
    Result<ResultSchema, Returned>
  >;
}

const contracts: readonly unknown[] = ["safe", "idempotent", "never"] satisfies ReplayContract[];

function assertSpec(spec: {
  readonly type: unknown;
  readonly replay: unknown;
  readonly perform: unknown;
  readonly payload?: unknown;
  readonly result?: unknown;
  readonly retry?: RetryOptions | undefined;
  readonly timeoutMs?: number | undefined;
  readonly usage?: unknown;
  readonly spends?: unknown;
}): void {
  const { type, retry = {}, timeoutMs, usage, spends } = spec;
  if (typeof type !== "string" || type.length === 0 || type.length > 200) {
    throw invalid("effect", "type must be a text of 1 to 200 characters");
  }
  if (!contracts.includes(spec.replay))
    throw invalid(type, 'replay must be "safe", "idempotent" or "never"');
  if (typeof spec.perform !== "function")
    throw invalid(type, "perform must be a function (payload, context) => result");
  if (timeoutMs !== undefined && !(timeoutMs > 0)) throw invalid(type, "timeoutMs must be over 0");
  if (usage !== undefined && typeof usage !== "function")
    throw invalid(type, "usage must be a function (result) => what was used");
  if (spends !== undefined && typeof spends !== "boolean")
    throw invalid(type, "spends must be true or false");
  for (const name of ["payload", "result"] as const) {
    const schema = spec[name];
    if (schema !== undefined && !isSchema(schema))
      throw invalid(
        type,
        `${name} must be a Standard Schema, such as one of zod, valibot or arktype`,
      );
  }
  const { maxAttempts = 1, baseMs = 0, maxMs = 0, jitter = 0 } = retry;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    throw invalid(type, "retry.maxAttempts must be an integer from 1");
  if (!(baseMs >= 0 && maxMs >= 0))
    throw invalid(type, "retry.baseMs and retry.maxMs must not be negative");
  if (!(jitter >= 0 && jitter <= 1)) throw invalid(type, "retry.jitter must be from 0 to 1");
}

function invalid(type: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `effect ${type}: ${what}`, {
    details: { type },
  });
}
