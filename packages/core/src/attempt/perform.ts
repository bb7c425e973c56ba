import type { EffectContext, EffectDefinition } from "../effect/effect-definition.ts";
import { isEffectError, type EffectError } from "../effect/effect-error.ts";
import { isInterruption } from "../effect/interruption.ts";
import { WaitRequest } from "../effect/wait-request.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorText } from "../errors/error-text.ts";
import { copyJson } from "../json/copy-json.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Meter } from "../limits/meter.ts";
import type { RunError } from "../run/run-state.ts";
import { validate } from "../schema/validate.ts";
import { failedOutcome, type FailedOutcome, type Outcome } from "../step/outcome.ts";
import { readWaitOptions } from "../wait/read-wait-options.ts";
import type { Attempt } from "./attempt.ts";

export interface Performance {
  readonly definition: EffectDefinition;
  readonly payload: JsonObject;
  readonly context: EffectContext;
  readonly attempt: Attempt;
  readonly meter: Meter;
  /** Told the outcome when nobody waited for it any more, if the handler ended well or had used something. */
  readonly onLate: (outcome: Outcome) => void;
}

/** Call an effect handler once and say how it ended. Never throws. */
export async function perform(performance: Performance): Promise<Outcome> {
  const { attempt } = performance;
  const work = call(performance);
  const settled = await attempt.race(work);
  attempt.close();
  if (!isInterruption(settled)) return metered(performance, settled);
  const cut: Outcome =
    settled.interruption === "timeout"
      ? timedOut(settled.message)
      : { status: "interrupted", cause: settled.interruption };
  // Of a run that was lost nothing can be written now: the handler's end brings it all.
  const outcome = settled.interruption === "lease_lost" ? cut : metered(performance, cut);
  void work.then((end) => {
    const late = metered(performance, end);
    if (late.status === "completed" || late.usage !== undefined) performance.onLate(late);
  });
  return outcome;
}

/** The outcome, with what the attempt used since the last one. */
function metered({ meter }: Performance, outcome: Outcome): Outcome {
  const usage = meter.take(outcome.status);
  return usage === undefined ? outcome : { ...outcome, usage };
}

/** The handler's own end, whatever happened to the attempt meanwhile. */
async function call(performance: Performance): Promise<Outcome> {
  const { definition, payload, context } = performance;
  let input: unknown = payload;
  try {
    if (definition.payloadSchema !== null)
      input = await validate(definition.payloadSchema, payload, "payload");
  } catch (error) {
    return failed(error, { final: true, certain: true });
  }
  let returned: unknown;
  try {
    returned = await definition.perform(input, context);
  } catch (error) {
    return failed(error, {});
  }
  const outcome = await accept(definition, returned);
  if (outcome.status === "completed" && definition.usage !== undefined)
    readUsage(performance, definition.usage, outcome.result);
  return outcome;
}

/** The effect happened: that what it used can't be read does not change that. */
function readUsage(
  { definition, context, meter }: Performance,
  usage: NonNullable<EffectDefinition["usage"]>,
  result: JsonValue,
): void {
  try {
    const report = usage(result);
    if (report !== undefined && report !== null) meter.add(report);
  } catch (error) {
    const { runId, stepId, logger } = context;
    logger.error("effect.usage_not_read", {
      runId,
      stepId,
      effect: definition.type,
      error: errorText(error),
    });
  }
}

/** What came back from the world must be JSON; if it is not, asking again would not make it so. */
async function accept(definition: EffectDefinition, returned: unknown): Promise<Outcome> {
  try {
    if (returned instanceof WaitRequest)
      return { status: "waiting", wait: readWaitOptions(returned.options) };
    const { resultSchema } = definition;
    const result =
      resultSchema === null ? returned : await validate(resultSchema, returned, "result");
    return {
      status: "completed",
      result: result === undefined ? null : copyJson(result, "result"),
    };
  } catch (error) {
    return failed(error, { final: true });
  }
}

function failed(error: unknown, known: { final?: boolean; certain?: boolean }): FailedOutcome {
  const said = isEffectError(error) ? error : null;
  return {
    status: "failed",
    error: errorOf(error),
    final: known.final ?? said?.final ?? false,
    certain: known.certain ?? said?.certain ?? false,
    retryAfterMs: said?.retryAfterMs ?? null,
  };
}

function errorOf(error: unknown): RunError {
  const at = { nodeId: null, stepId: null, attempt: null };
  // The name of an EffectError says nothing; that of another error may say all.
  const message = errorText(isEffectError(error) ? error.message : error);
  if (isEffectError(error)) return { code: error.code, message, ...at, ...detailsOf(error) };
  return { code: isAbstractRuntimeError(error) ? error.code : "effect_error", message, ...at };
}

/** Details that are no JSON object are left out: what failed is the effect, not its report. */
function detailsOf({ details }: EffectError): { readonly details?: JsonObject } {
  try {
    const copy = copyJson(details, "details");
    return isJsonObject(copy) ? { details: copy } : {};
  } catch {
    return {};
  }
}

function timedOut(message: string): FailedOutcome {
  return failedOutcome("effect_timeout", message, { final: false, certain: false });
}
